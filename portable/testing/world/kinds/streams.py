"""Streams: each function that reads one has an ordered queue, whose groups are the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portable.base.values import replace
from portable.errors import UnsupportedError
from portable.eventing.memory import MemoryQueue
from portable.eventing.outgoing import Outgoing, prepare
from portable.eventing.record import Record, RecordBatch
from portable.eventing.stream_async_clients import AsyncStreamWriter
from portable.eventing.stream_feed import to_queue
from portable.eventing.stream_memory import MemoryStream
from portable.testing.world.kinds.kind import Items, KitResource, KitTrigger
from portable.testing.world.kinds.stream_view import StreamRecords

if TYPE_CHECKING:
    from portable.base.generic import U


class Watched(Record[bytes]):
    """A record that tells what it was decoded as."""

    __slots__ = ("_saw",)

    def __init__(self, record: Record[bytes], saw: Callable[[Any], None]) -> None:
        sent = (record.sequence, record.sent_at, record.attempt, record.attributes, record.trace)
        super().__init__(record.id, record.payload, record.key, *sent)
        self._saw = saw

    def decoded(self, decode: Callable[[bytes], U]) -> Record[U]:
        """Return the record with its payload decoded. Raises whatever `decode` raises."""
        found = super().decoded(decode)
        self._saw(found)
        return found


class WatchedBatch(RecordBatch):
    """A batch that tells what it was decoded as. Its errors are those of the batch that is watched."""

    def __init__(self, batch: RecordBatch, saw: Callable[[Any], None]) -> None:
        super().__init__(batch)
        self.errors = batch.errors
        self._saw = saw

    def decoded(self, decode: Callable[[bytes], Any]) -> list[Record[Any]]:
        """Return the records with their payloads decoded. Raises what `decode` raised when no record is left."""
        found = super().decoded(decode)
        self._saw(found)
        return found


def _watched(event: Any, saw: Callable[[Any], None]) -> Any:
    return WatchedBatch(event, saw) if isinstance(event, RecordBatch) else Watched(event, saw)


def _outgoing(found: Any) -> Outgoing:
    """Return a record as its function's queue gets it."""
    if not isinstance(found, Record):
        raise UnsupportedError(f"{type(found).__name__} is not a record: use events.record")
    sent: Outgoing = replace(prepare(found.payload, found.attributes), id=found.id, group=found.key)
    return to_queue(sent, found.sequence or "1")


def _subscribe(stream: MemoryStream, _trigger: Any, queue: MemoryQueue) -> None:
    stream.subscribe(queue)


def _written(snapshot: Any) -> Items:
    for record in snapshot[1]:
        label = f"{record.payload!r} {sorted(record.attributes.items())} {record.key or ''}"
        yield label.rstrip(), None


RESOURCE = KitResource(
    "stream",
    MemoryStream,
    StreamRecords,
    AsyncStreamWriter,
    effects=("send", "send_many"),
    items=_written,
    partial=("send_many",),
    sent=True,
)
TRIGGER = KitTrigger(
    "stream",
    Record,
    _outgoing,
    several=RecordBatch,
    source="stream",
    subscribe=_subscribe,
    watched=_watched,
)
