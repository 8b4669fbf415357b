"""Clients over memory for a plain unit test, no app and no fixture: a declared resource in, a client that may all out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, overload

from portable.base.client import Client
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


_PLAIN: Mapping[type, type[Client]] = {
    Bucket: BucketView,
    Table: TableView,
    Queue: QueueView,
    Topic: TopicView,
    Stream: StreamRecords,
}
_AWAITED: Mapping[type, type[Client]] = {
    Bucket: AsyncBucketView,
    Table: AsyncTableReadWriter,
    Queue: AsyncQueueView,
    Topic: AsyncTopicPublisher,
    Stream: AsyncStreamWriter,
}
"""The client that may do everything, by kind of resource."""


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
    """Return a client over a resource in memory, empty and its own: `upload("a.jpg", b"x", memory(photos))`."""
    return _made(resource, _PLAIN)  # type: ignore[no-any-return]


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
    """Return an asynchronous client over a resource in memory, empty and its own, for an `async def` handler."""
    return _made(resource, _AWAITED)  # type: ignore[no-any-return]


def _made(resource: Any, clients: Mapping[type, type[Client]]) -> Any:
    client = clients.get(type(resource))
    if client is None:
        raise TypeError(f"a client in memory takes a Bucket, Table, Queue, Topic or Stream, not {resource!r}")
    stores = Stores(lambda: datetime.now(UTC), lambda *made: None, lambda kind, name: None)
    nobody = _Nobody()
    return client(resource, KitDrivers(lambda: (stores, nobody)))


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
