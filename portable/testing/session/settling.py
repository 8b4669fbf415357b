"""Delivers pending events: takes them and calls handlers, until nothing is due now or later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from portable.testing.session.accident import LATE, Accidents
from portable.testing.session.handing import Delivery, Handing
from portable.testing.session.instances import Instances
from portable.testing.session.interleaving import Interleaver
from portable.testing.session.memory import ModuleMemory
from portable.testing.session.transport import Transport
from portable.testing.world.clock import Clock
from portable.testing.world.observing import Observer
from portable.testing.world.pending import PendingEvents

LIMIT = 10_000
"""Deliveries after which settling stops."""


class TooManyDeliveries(AssertionError):
    """Settling did not end: functions trigger each other for ever."""


@dataclass
class Settler:
    """The host of every event function. `accidents` is None when nothing goes wrong by itself."""

    clock: Clock
    observer: Observer
    all_pending: list[PendingEvents]
    transport: Transport
    accidents: Accidents | None = None
    memory: ModuleMemory | None = None
    _told: Counter[str] = field(default_factory=Counter)

    def settle(self) -> None:
        """Deliver everything that waits and all that follows from it, moving the clock to what falls due."""
        with self._hosting() as host:
            while True:
                self._exhaust(host, self.all_pending)
                dues = [due for pending in self.all_pending if (due := pending.queue.next_due()) is not None]
                if not dues:
                    return
                self._move_to(min(dues))

    def meanwhile(self) -> None:
        """Deliver what is due now while a request pauses; a failure then is excused, and a last attempt is put off."""
        with self._hosting() as host:
            if host is not None:
                host.company = True
                self._exhaust(host, self.all_pending)

    def settle_one(self, pending: PendingEvents) -> None:
        """Deliver what is due to one function, and again what chaos broke, so that its end is the handler's own."""
        with self._hosting() as host:
            self._exhaust(host, [pending])
            if host is None:
                return
            while (due := pending.queue.next_due()) is not None and not self._failed_itself(pending):
                self._move_to(due)
                self._exhaust(host, [pending])

    @contextmanager
    def _hosting(self) -> Iterator[Interleaver | None]:
        """Give what delivers while accidents happen, None when there are none."""
        self._told.clear()
        if self.accidents is None:
            yield None
            return
        instances = Instances(self.memory)
        host = Interleaver(self.clock, self._handing(), self.accidents, self._count, LIMIT, instances)
        try:
            yield host
        finally:
            host.abandon()

    def _handing(self) -> Handing:
        return Handing(self.observer, self.transport, self._patience)

    def _exhaust(self, host: Interleaver | None, all_pending: list[PendingEvents]) -> None:
        """Deliver until nothing is due now and no call rests."""
        while True:
            while self._round(all_pending) if host is None else host.round(all_pending):
                pass
            if host is None or not host.busy:
                return
            host.go_on()

    def _failed_itself(self, pending: PendingEvents) -> bool:
        mine = [call for call in self.observer.calls if call.function == pending.function.name]
        return bool(mine) and mine[-1].error is not None and not mine[-1].chaos

    def _move_to(self, due: float) -> None:
        self.clock.move(datetime.fromtimestamp(due, UTC) + timedelta(microseconds=1))

    def _round(self, all_pending: Iterable[PendingEvents]) -> bool:
        """Deliver what is due now, once; say whether there was any."""
        found = False
        handing = self._handing()
        for pending in all_pending:
            taken = pending.queue.receive(pending.batch, pending.function.timeout)
            if taken:
                found = True
                self._count(pending, len(taken))
                delivery = Delivery(pending, taken)
                handing.attempt(delivery)
                handing.conclude(delivery)
        return found

    def _patience(self) -> float:
        """Return the seconds after which everything that chaos held back has come again; 0 without chaos.

        Who waits for it must not give up.
        """
        if self.accidents is None:
            return 0.0
        return 2.0 + max((pending.function.timeout for pending in self.all_pending), default=0) + LATE

    def _count(self, pending: PendingEvents, number: int) -> None:
        self._told[pending.function.name] += number
        if self._told.total() > LIMIT:
            most = ", ".join(f"{name} {count} times" for name, count in self._told.most_common(3))
            raise TooManyDeliveries(
                f"there were still pending events after {LIMIT:,} deliveries: {most}. "
                "A function that writes to its own trigger never ends: narrow the trigger's prefix, suffix or filter"
            )
