"""One pass over the records of a stream: which are handled now, within the time of the call, and which are left."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portable.compute.context import Context
    from portable.compute.ledger import Ledger
    from portable.eventing.record import Record

    Records = Sequence[Record[bytes]]

RESERVE = 0.5
"""Seconds that are kept at the end of a call to report the results."""


class CallClock:
    """Decides whether the time of a call is enough for another record.

    It assumes that each is as slow as the slowest.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._before = 0.0
        self._slowest = -RESERVE  # the first record is always started, even if little time is left

    def left(self) -> float:
        """Return the seconds that will be left after one more record. Below zero, the record must not be started."""
        return self._context.remaining() - RESERVE - self._slowest

    def begin(self) -> None:
        """Note that a record is started."""
        self._before = self._context.remaining()

    def end(self) -> None:
        """Note that the record is handled."""
        self._slowest = max(self._slowest, self._before - self._context.remaining())


class RecordPass:
    """One pass over records. It knows which records to handle now, and which are not finished."""

    def __init__(self, context: Context, ledger: Ledger, clock: CallClock) -> None:
        self.unfinished: list[Record[bytes]] = []
        self._context = context
        self._ledger = ledger
        self._clock = clock
        self._held: set[str] = set()
        self._trace = context._trace

    def due(self, records: Records) -> Iterator[Record[bytes]]:
        """Yield the records to handle. A record is kept if its key is held back or the time is too short."""
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
        """Note whether a record is finished."""
        if done:
            self._ledger.finished(record.id)
        else:
            self._ledger.failed(record.id)
            self._keep(record)

    def is_held(self, record: Record[bytes], error: BaseException | None) -> bool:
        """Keep a record of a batch and return True if its key is held back.

        It is redelivered after the earlier record.
        """
        if record.key not in self._held:
            return False
        if error is not None:
            self._ledger.failed(record.id)
        self._keep(record)
        return True

    def in_order(self, records: Records) -> list[Record[bytes]]:
        """Return the unfinished records in their order."""
        kept = {record.id for record in self.unfinished}
        return [record for record in records if record.id in kept]

    def _keep(self, record: Record[bytes]) -> None:
        self.unfinished.append(record)
        if record.key is not None:
            self._held.add(record.key)
