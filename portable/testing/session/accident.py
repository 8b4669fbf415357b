"""What happens to one delivery without anybody being wrong: a value, and what decides on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from portable.eventing.driver import Received
from portable.testing.world.pending import PendingEvents, Tries
from portable.testing.world.script import Break

LATE = 2.0
"""Seconds of a late delivery."""


@dataclass
class Accident:
    """What happens to one delivery.

    It comes `late` (seconds), or `last` of those due; when it is done it comes `again` after that many seconds, with
    `next` before everything that waits. It is `broken`, by a `timeout` or not; it is done in `partial` at that resource
    call. `rests` says before which resource calls it rests, and what happens meanwhile: the rest of what waits is
    handled ("interleave"), its own message comes a second time ("twin"), also after its lease has run out ("slow"),
    another instance handles the rest ("restart"), or what a request sent so far is handled ("early"). `elsewhere` means that another instance handles this one.
    """

    late: float | None = None
    last: bool = False
    again: float | None = None
    next: bool = False
    broken: Break | None = None
    timeout: bool = False
    partial: int = 0
    elsewhere: bool = False
    rests: Mapping[int, str] = field(default_factory=dict)


class Accidents(Protocol):
    """Decides what happens to deliveries: chaos."""

    def next(self, pending: PendingEvents, received: Received, tries: Tries, attempt: int, others: int) -> Accident:
        """Return what happens to a delivery; `others` wait at the same time."""
        ...

    def group(self, pending: PendingEvents, size: int) -> int:
        """Return how many messages come at once, at most `size`."""
        ...


class RequestAccidents(Protocol):
    """Decides what happens to requests: chaos."""

    def request(self, function: str, label: str, *, keyed: bool, at_once: bool) -> tuple[Accident, bool]:
        """Return what happens to a request the first time that it is sent, and whether its reply is lost.

        `keyed` says that it carries an idempotency key, `at_once` that others are sent at the same time.
        """
        ...

    def settling(self) -> None:
        """Take note that the test settles right after its last request: it looked at nothing in between."""
        ...


class Memory(Protocol):
    """What the modules of the app remember between calls."""

    def save(self) -> object:
        """Return it."""
        ...

    def load(self, state: object | None) -> None:
        """Put it back; None is the memory of a process that has just begun."""
        ...
