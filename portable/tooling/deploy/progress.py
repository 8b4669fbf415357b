"""Events of an apply -> lines that say how far it is."""

from __future__ import annotations

from collections.abc import Callable

from portable.tooling.deploy.events import Event, Progress

_WORDS = {"create": "making", "update": "changing", "delete": "deleting", "replace": "making anew"}


class Applying:
    """How far an apply is: of `planned` changes those of `made` are made; those of `begun` have no end yet, those of `failed` a bad one."""

    def __init__(self, planned: int, report: Callable[[str], None]) -> None:
        self.planned = planned
        self.made: dict[str, None] = {}
        self.begun: dict[str, None] = {}
        self.failed: dict[str, None] = {}
        self._report = report

    @property
    def done(self) -> int:
        """Return how many changes are made."""
        return len(self.made)

    def see(self, event: Event) -> None:
        """Take an event into account and report it."""
        if not isinstance(event, Progress) or event.action not in _WORDS:
            return
        if event.state in ("begun", "working"):
            self.begun[event.address] = None
            waited = f", {event.seconds} s" if event.seconds else ""
            self._report(f"{self.done} of {self.planned} changes made; {_WORDS[event.action]} {event.address}{waited}")
            return
        self.begun.pop(event.address, None)
        (self.made if event.state == "done" else self.failed)[event.address] = None
