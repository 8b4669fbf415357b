"""A call of a handler that runs: its script in; what was planned for it is raised where it belongs."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from portable.testing.world.records import Call
from portable.testing.world.script import Break, Died, Script


@dataclass(eq=False)
class Active:
    """A call that runs: how many resource calls it made, and whether it broke, died or ended.

    `failed` are the calls in a row of a resource that is not available.
    """

    call: Call
    script: Script
    number: int = 0
    rested: int = 0
    dead: bool = False
    fired: bool = False
    ended: bool = False
    failed: int = 0

    def break_at(self, number: int, *, after: bool) -> None:
        """Raise what was planned before or after this resource call; 0 is before the handler begins."""
        broken = self.script.broken
        if broken is not None and broken.at == number and (broken.after == after or number == 0):
            self.break_off(broken)

    def break_again(self, kind: str, name: str) -> None:
        """Raise what an earlier call of the same resource raised, as long as it lasts."""
        broken = self.script.broken
        if broken is None or not self.fired or not 0 < self.failed < broken.lasting:
            return
        if self.call.resource_calls[broken.at - 1][:2] == (kind, name):
            self.break_off(broken)

    def break_at_end(self) -> None:
        """Raise what was planned for the end, and what a thread of the handler's own has not passed on: that it died."""
        if self.dead:
            raise Died
        broken = self.script.broken
        if broken is not None and not self.fired and (broken.at_end or not broken.chaos):
            self.break_off(broken)

    def break_off(self, broken: Break) -> None:
        """Raise what was planned."""
        self.fired = True
        self.failed += 1
        self.call.chaos = broken.chaos
        error = broken.error()
        self.dead = isinstance(error, Died)
        if self.dead:
            ends_quietly()
        raise error


def ends_quietly() -> None:
    """Let a thread of a handler's own die without a word, as its process would: pytest warns of what a thread raised."""
    thread = threading.current_thread()
    if thread is not threading.main_thread():
        vars(thread)["_invoke_excepthook"] = lambda _thread: None
