"""Events of an apply -> lines that say how far it is."""

from __future__ import annotations

from collections.abc import Callable

from portable.tooling.deploy.events import Event, Progress

_WORDS = {"create": "making", "update": "changing", "delete": "deleting", "replace": "making anew"}


class Applying:
    """How far an apply is: `done` changes of `planned` are made."""

    def __init__(self, planned: int, report: Callable[[str], None]) -> None:
        self.planned, self.done = planned, 0
        self._report = report
        self._made: set[str] = set()

    def see(self, event: Event) -> None:
        """Take an event into account and report it."""
        if not isinstance(event, Progress) or event.action not in _WORDS:
            return
        if event.state == "done" and event.address not in self._made:
            self._made.add(event.address)
            self.done += 1
        elif event.state in ("begun", "working"):
            waited = f", {event.seconds} s" if event.seconds else ""
            self._report(f"{self.done} of {self.planned} changes made; {_WORDS[event.action]} {event.address}{waited}")
