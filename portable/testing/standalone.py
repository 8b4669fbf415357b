"""Clients over memory for plain unit tests without app and fixture: takes a resource; returns a client with all permissions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, overload

from portable.eventing.queue import Queue
from portable.eventing.queue_async_clients import AsyncQueueReader, AsyncQueueSender
from portable.eventing.stream import Stream
from portable.eventing.stream_async_clients import AsyncStreamWriter
from portable.eventing.topic import Topic
from portable.eventing.topic_async_clients import AsyncTopicPublisher
from portable.persistence.async_clients import AsyncTableReadWriter
from portable.persistence.table import Table
from portable.storage.async_clients import AsyncBucketReadWriter, AsyncBucketSigner
from portable.storage.bucket import Bucket
from portable.storage.objects import ObjectInfo
from portable.testing.stream_view import StreamRecords
from portable.testing.views import BucketView, QueueView, TableView, TopicView
from portable.testing.world.drivers import KitDrivers
from portable.testing.world.stores import Stores


class AsyncBucketView(AsyncBucketReadWriter, AsyncBucketSigner):
    """Everything a bucket can do, awaited."""

    __slots__ = ()
    actions: ClassVar[Any] = ()
    granted_by: ClassVar[dict[str, str]] = {}


class AsyncQueueView(AsyncQueueSender, AsyncQueueReader):
    """Everything a queue can do, awaited."""

    __slots__ = ()
    actions: ClassVar[Any] = ()
    granted_by: ClassVar[dict[str, str]] = {}


@overload
def memory(resource: Bucket) -> BucketView: ...
@overload
def memory(resource: Table) -> TableView: ...
@overload
def memory(resource: Queue) -> QueueView: ...
@overload
def memory(resource: Topic) -> TopicView: ...
@overload
def memory(resource: Stream) -> StreamRecords: ...
def memory(
    resource: Bucket | Table | Queue | Topic | Stream,
) -> BucketView | TableView | QueueView | TopicView | StreamRecords:
    """Return a client with all permissions over a new, empty resource in memory: `upload("a.jpg", b"x", memory(photos))`."""
    drivers = _drivers()
    if isinstance(resource, Bucket):
        return BucketView(resource, drivers)
    if isinstance(resource, Table):
        return TableView(resource, drivers)
    if isinstance(resource, Queue):
        return QueueView(resource, drivers)
    if isinstance(resource, Topic):
        return TopicView(resource, drivers)
    if isinstance(resource, Stream):
        return StreamRecords(resource, drivers)
    raise TypeError(f"memory takes a Bucket, Table, Queue, Topic or Stream, not {resource!r}")


@overload
def async_memory(resource: Bucket) -> AsyncBucketView: ...
@overload
def async_memory(resource: Table) -> AsyncTableReadWriter[Any]: ...
@overload
def async_memory(resource: Queue) -> AsyncQueueView: ...
@overload
def async_memory(resource: Topic) -> AsyncTopicPublisher: ...
@overload
def async_memory(resource: Stream) -> AsyncStreamWriter: ...
def async_memory(
    resource: Bucket | Table | Queue | Topic | Stream,
) -> AsyncBucketView | AsyncTableReadWriter[Any] | AsyncQueueView | AsyncTopicPublisher | AsyncStreamWriter:
    """Return an asynchronous client with all permissions over a new, empty resource in memory."""
    drivers = _drivers()
    if isinstance(resource, Bucket):
        return AsyncBucketView(resource, drivers)
    if isinstance(resource, Table):
        return AsyncTableReadWriter(resource, drivers)
    if isinstance(resource, Queue):
        return AsyncQueueView(resource, drivers)
    if isinstance(resource, Topic):
        return AsyncTopicPublisher(resource, drivers)
    if isinstance(resource, Stream):
        return AsyncStreamWriter(resource, drivers)
    raise TypeError(f"async_memory takes a Bucket, Table, Queue, Topic or Stream, not {resource!r}")


class _Nobody:
    """Watches nothing."""

    def waiting(self) -> None:
        """Nobody waits."""

    def before(self, kind: str, name: str, method: str) -> bool:
        """Let it happen."""
        return False

    def after(self, kind: str, name: str, method: str) -> None:
        """Let it be."""

    def changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Tell nobody."""


def _drivers() -> Any:
    stores = Stores(lambda: datetime.now(UTC), lambda *made: None, lambda kind, name: None)
    nobody = _Nobody()
    return KitDrivers(lambda: (stores, nobody))
