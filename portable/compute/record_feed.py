"""Records on a host of ours: makes a consumer of messages from a consumer of records. A queue brings the records.

The queue is ordered by the keys of the records and counts the attempts. So the rules of messages implement the rules of
streams.
"""

from __future__ import annotations

from portable.compute.consume import Consumer
from portable.compute.record_batches import call_batch
from portable.eventing.record import RecordBatch
from portable.eventing.stream_feed import from_queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context
    from portable.eventing.message import Message


def of_messages(consumer: Consumer, whole: bool = False) -> Consumer:
    """Return the consumer of a stream's queue. With `whole`, the function gets batches of one record."""
    bury = consumer.bury

    def give_up(message: Message[bytes], attempts: int, error: BaseException | None) -> Any:
        return bury(from_queue(message), attempts, error)

    call = _Whole(consumer.call) if whole else _One(consumer.call)
    told = None if bury is None else give_up
    return Consumer(consumer.function, call, consumer.attempts, told, consumer.ordered, consumer.backoff)


class _One:
    """Calls a function that takes a record with the record of a message."""

    def __init__(self, call: Any) -> None:
        self._call = call
        if hasattr(call, "history"):  # an idempotent call knows what earlier deliveries left behind
            self.history = lambda message, context: call.history(from_queue(message), context)

    def __call__(self, message: Message[bytes], context: Context) -> Any:
        return self._call(from_queue(message), context)


class _Whole(_One):
    """Calls a function that takes a list of records with the record of a message."""

    def __call__(self, message: Message[bytes], context: Context) -> None:
        for error in call_batch(self._call, RecordBatch([from_queue(message)]), context).values():
            raise error
