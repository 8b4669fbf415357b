"""Delivering what waits: all_pending in, calls of handlers out, until nothing is due and nothing will be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Protocol

from portable.errors import InProgress
from portable.eventing.driver import Received
from portable.testing.world.clock import Clock
from portable.testing.world.observing import Break, Died, Observer
from portable.testing.world.pending import PendingEvents, Tries
from portable.testing.world.records import Call

LIMIT = 10_000
"""Deliveries after which settling stops."""
BACKOFF = 1.0
"""Seconds until a message comes again when its function declares no backoff."""
LATE = 2.0
"""Seconds of a late delivery."""


class TooManyDeliveries(AssertionError):
    """Settling did not end: functions feed one another for ever."""


class Deliver(Protocol):
    """A transport to a handler: a pending and its deliveries in, the receipts that must come again out. May raise Died."""

    def __call__(self, pending: PendingEvents, deliveries: list[Received]) -> list[str]:
        """Deliver."""
        ...


@dataclass
class Accident:
    """What happens to one delivery: it comes `late` (seconds), `last` of those due, `again` when done, or breaks."""

    late: float | None = None
    last: bool = False
    again: float | None = None
    broken: Break | None = None
    timeout: bool = False


class Accidents(Protocol):
    """Decides what happens to deliveries: chaos."""

    def next(self, pending: PendingEvents, received: Received, tries: Tries, attempt: int) -> Accident:
        """Return what happens to a delivery."""
        ...

    def group(self, pending: PendingEvents, size: int) -> int:
        """Return how many messages come at once, at most `size`."""
        ...


@dataclass
class Settler:
    """The host of every event function. `accidents` is None when nothing goes wrong by itself."""

    clock: Clock
    observer: Observer
    all_pending: list[PendingEvents]
    transport: Deliver
    accidents: Accidents | None = None
    _told: Counter[str] = field(default_factory=Counter)

    def settle(self) -> None:
        """Deliver everything that waits and all that follows from it, moving the clock to what falls due."""
        self._told.clear()
        while True:
            while self._round(self.all_pending):
                pass
            dues = [due for pending in self.all_pending if (due := pending.queue.next_due()) is not None]
            if not dues:
                return
            self._move_to(min(dues))

    def settle_one(self, pending: PendingEvents) -> None:
        """Deliver what is due to one function, and again what chaos broke, so that its end is the handler's own."""
        self._told.clear()
        while self._round([pending]):
            pass
        if self.accidents is None:
            return
        while (due := pending.queue.next_due()) is not None and not self._failed_itself(pending):
            self._move_to(due)
            self._round([pending])

    def _failed_itself(self, pending: PendingEvents) -> bool:
        mine = [call for call in self.observer.calls if call.function == pending.function.name]
        return bool(mine) and mine[-1].error is not None and not mine[-1].chaos

    def _move_to(self, due: float) -> None:
        self.clock.move(datetime.fromtimestamp(due, UTC) + timedelta(microseconds=1))

    def _round(self, all_pending: Iterable[PendingEvents]) -> bool:
        """Deliver what is due now, once; say whether there was any."""
        if self.accidents is not None:
            return self._broken_round(all_pending, self.accidents)
        found = False
        for pending in all_pending:
            taken = pending.queue.receive(pending.batch, pending.function.timeout)
            if taken:
                found = True
                self._deliver(pending, taken, {})
        return found

    def _broken_round(self, all_pending: Iterable[PendingEvents], accidents: Accidents) -> bool:
        due = [
            (pending, received)
            for pending in all_pending
            for received in pending.queue.receive(LIMIT, pending.function.timeout)
        ]
        plans: list[tuple[PendingEvents, Received, Accident]] = []
        for pending, received in due:
            tries = pending.tries.setdefault(received.message.id, Tries())
            tries.deliveries += 1
            accident = accidents.next(
                pending, received, tries, tries.attempt(pending.function.attempts) - tries.skipped
            )
            if accident.late is not None:
                pending.queue.release(received.receipt, accident.late)
            else:
                plans.append((pending, received, accident))
        plans.sort(key=lambda plan: plan[2].last)
        while plans:
            pending, received, accident = plans.pop(0)
            batch = [(received, accident)]
            size = accidents.group(pending, pending.batch)
            while len(batch) < size and plans and plans[0][0] is pending and accident.broken is None:
                if plans[0][2].broken is not None:
                    break
                _, more, its = plans.pop(0)
                batch.append((more, its))
            self._deliver_broken(pending, batch)
        return bool(due)

    def _deliver_broken(self, pending: PendingEvents, batch: list[tuple[Received, Accident]]) -> None:
        first = batch[0][1]
        again = {received.receipt: its.again for received, its in batch if its.again is not None}
        self.observer.next_break = first.broken
        self._deliver(pending, [received for received, _ in batch], again)
        self.observer.next_break = None
        if first.timeout:
            self.clock.move(self.clock.now + timedelta(seconds=pending.function.timeout))

    def _deliver(self, pending: PendingEvents, taken: list[Received], again: dict[str, float]) -> None:
        """Deliver messages; what failed comes again after its wait, what is in `again` although it was handled."""
        self._count(pending, len(taken))
        for received in taken:
            tries = pending.tries.setdefault(received.message.id, Tries())
            received.message.attempt = tries.attempt(pending.function.attempts)
        begun = len(self.observer.calls)
        wait = self._wait(pending)
        try:
            failed = set(self.transport(pending, taken))
        except Died:
            failed = {received.receipt for received in taken}
            wait = float(pending.function.timeout)
        calls = self.observer.calls[begun:]
        for received in taken:
            call = _call_of(received, taken, calls)
            if received.receipt in failed:
                tries = pending.tries[received.message.id]
                if call is not None and isinstance(call.error, InProgress):
                    tries.skipped += 1  # the record counted it too, whatever else went wrong
                elif call is not None and call.chaos:
                    tries.injected += 1
                elif call is not None:
                    tries.own += 1
                    if self.accidents is not None:
                        wait = max(wait, self._patience)
                    if tries.own >= pending.function.attempts:  # where the transport keeps no count, the host gives up
                        pending.queue.acknowledge([received.receipt])
                        continue
                pending.queue.release(received.receipt, wait)
            elif received.receipt in again and call is not None and call.error is None:
                pending.queue.release(received.receipt, again[received.receipt])
            else:
                pending.queue.acknowledge([received.receipt])

    @cached_property
    def _patience(self) -> float:
        """Seconds after which everything that chaos held back has come again: who waits for it must not give up."""
        return 2.0 + max((pending.function.timeout for pending in self.all_pending), default=0) + LATE

    @staticmethod
    def _wait(pending: PendingEvents) -> float:
        return BACKOFF if pending.function.backoff is None else pending.function.backoff

    def _count(self, pending: PendingEvents, number: int) -> None:
        self._told[pending.function.name] += number
        if self._told.total() > LIMIT:
            most = ", ".join(f"{name} {count} times" for name, count in self._told.most_common(3))
            raise TooManyDeliveries(
                f"the app did not come to rest within {LIMIT:,} deliveries: {most}. "
                "A function that writes to what triggers it never ends; narrow its trigger's prefix, suffix or filter"
            )


def _call_of(received: Received, taken: list[Received], calls: list[Call]) -> Call | None:
    """Return the call that a delivery made, None when it made none."""
    if len(taken) == 1:
        return calls[-1] if calls else None
    return next((call for call in calls if getattr(call.event, "id", None) == received.message.id), None)
