"""The accident of one delivery, as a value, and the protocol of what chooses accidents."""

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
    """The accident of one delivery.

    It is delivered `late` (seconds), or `last` of the due ones. After it is done, it is delivered `again` after that many
    seconds, with `next` before all other pending ones. It is `broken`, with or without a `timeout`, or done in part at the
    resource call `partial`. `rests` maps the resource calls before which it pauses to what happens meanwhile: the other
    pending messages are handled ("interleave"), its own message is delivered a second time ("twin"), also after its lease
    has expired ("slow"), another instance handles the others ("restart"), or messages that a request has sent are
    handled ("early"). `elsewhere` means that another instance handles this delivery.
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
    """Decides what happens to deliveries and requests: chaos."""

    def next(self, pending: PendingEvents, received: Received, tries: Tries, attempt: int, others: int) -> Accident:
        """Return what happens to a delivery; `others` wait at the same time."""
        ...

    def group(self, pending: PendingEvents, size: int) -> int:
        """Return how many messages come at once, at most `size`."""
        ...

    def request(self, function: str, label: str, *, keyed: bool, at_once: bool) -> tuple[Accident, bool]:
        """Return what happens to a request the first time that it is sent, and whether its reply is lost.

        `keyed` says that it carries an idempotency key, `at_once` that others are sent at the same time.
        """
        ...

    def settling(self) -> None:
        """Note that the test settles right after its last request, without an access to a resource in between."""
        ...
