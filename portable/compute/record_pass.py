"""One pass over the records of a stream: which are to be handled now, in a call that has so much time; and what is left."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portable.compute.context import Context
    from portable.compute.ledger import Ledger
    from portable.eventing.record import Record

    Records = Sequence[Record[bytes]]

RESERVE = 0.5
"""Seconds that are kept at the end of a call to report what became of the records."""


class CallClock:
    """The time of one call: whether it suffices for another record, which may be as slow as the slowest was."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._before = 0.0
        self._slowest = -RESERVE  # the first record is begun however little time there is

    def left(self) -> float:
        """Return the seconds that are left when another record has been handled; below zero, it must not be begun."""
        return self._context.remaining() - RESERVE - self._slowest

    def begin(self) -> None:
        """Note that a record is begun."""
        self._before = self._context.remaining()

    def end(self) -> None:
        """Note that it is handled."""
        self._slowest = max(self._slowest, self._before - self._context.remaining())


class RecordPass:
    """One pass over records: what is to be handled now, and what is not finished."""

    def __init__(self, context: Context, ledger: Ledger, clock: CallClock) -> None:
        self.unfinished: list[Record[bytes]] = []
        self._context = context
        self._ledger = ledger
        self._clock = clock
        self._held: set[str] = set()
        self._trace = context._trace

    def due(self, records: Records) -> Iterator[Record[bytes]]:
        """Yield the records to be handled; those whose key is held back, or for which time is short, are kept."""
        for record in records:
            if self._ledger.is_finished(record.id):
                continue
            if record.key in self._held or self._clock.left() < 0:
                self._keep(record)
                continue
            self._context._trace = self._trace
            record.attempt = max(record.attempt or 1, self._ledger.attempt(record.id))
            yield record

    def settle(self, record: Record[bytes], done: bool) -> None:
        """Tell what became of a record."""
        if done:
            self._ledger.finished(record.id)
        else:
            self._ledger.failed(record.id)
            self._keep(record)

    def is_held(self, record: Record[bytes], error: BaseException | None) -> bool:
        """Keep a record of a batch whose key is held back, and say so: an earlier record comes again, and it after that."""
        if record.key not in self._held:
            return False
        if error is not None:
            self._ledger.failed(record.id)
        self._keep(record)
        return True

    def in_order(self, records: Records) -> list[Record[bytes]]:
        """Return the unfinished ones of these records, in their order."""
        kept = {record.id for record in self.unfinished}
        return [record for record in records if record.id in kept]

    def _keep(self, record: Record[bytes]) -> None:
        self.unfinished.append(record)
        if record.key is not None:
            self._held.add(record.key)
