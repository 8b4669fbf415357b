"""Records on this machine: calls a function once with a batch, or returns the records that a host must deliver again."""

from __future__ import annotations

from portable.compute.ledger import Ledger
from portable.compute.record_batches import call_batch
from portable.compute.records import consume_records
from portable.errors import EventError
from portable.eventing.record import Record, RecordBatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.compute.context import Context

    Take = Callable[[Sequence[Record[bytes]], Context], list[Record[bytes]]]


def batch(call: Callable[[Any, Context], Any]) -> Callable[[Any, Context], None]:
    """Return the entry of a function that takes a list of records. It raises for the first record that failed."""

    def handler(event: Any, context: Context) -> None:
        if not isinstance(event, RecordBatch):
            raise EventError("a batch of records", f"{type(event).__name__} of {type(event).__module__}")
        for error in call_batch(call, event, context).values():
            raise error

    return handler


def records(consumer: Consumer, whole: bool = False) -> Take:
    """Return a function that takes the records of one delivery and returns those to deliver again, in order."""
    ledger = Ledger()

    def take(delivered: Sequence[Record[bytes]], context: Context) -> list[Record[bytes]]:
        if not all(isinstance(record, Record) for record in delivered):
            raise EventError("records of a stream", ", ".join(sorted({type(found).__name__ for found in delivered})))
        unfinished = consume_records(consumer, delivered, context, ledger, whole)
        waiting = {record.id for record in unfinished}
        ledger.forget(record.id for record in delivered if record.id not in waiting)
        return unfinished

    return take
