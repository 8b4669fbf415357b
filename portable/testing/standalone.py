"""Clients over memory for plain unit tests without app and fixture: takes a resource; returns a client with all permissions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, overload

from portable.base.values import Value
from portable.testing.world.drivers import KitDrivers
from portable.testing.world.kinds.kind import KitResource
from portable.testing.world.kinds.registry import RESOURCES
from portable.testing.world.stores import Stores
from portable.testing.world.watched import Watch
from portable.tooling.app.kinds.registry import RESOURCES as DECLARED

if TYPE_CHECKING:
    from portable.eventing.queue import Queue
    from portable.eventing.stream import Stream
    from portable.eventing.stream_async_clients import AsyncStreamWriter
    from portable.eventing.topic import Topic
    from portable.eventing.topic_async_clients import AsyncTopicPublisher
    from portable.persistence.async_clients import AsyncTableReadWriter
    from portable.persistence.table import Table
    from portable.storage.bucket import Bucket
    from portable.testing.world.kinds.buckets import AsyncBucketView, BucketView
    from portable.testing.world.kinds.queues import AsyncQueueView, QueueView
    from portable.testing.world.kinds.stream_view import StreamRecords
    from portable.testing.world.kinds.tables import TableView
    from portable.testing.world.kinds.topics import TopicView


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
@overload
def memory(resource: Value) -> Any: ...
def memory(resource: Value) -> Any:
    """Return a client over a resource in memory, empty and its own: `upload("a.jpg", b"x", memory(photos))`."""
    return _kind(resource, "memory").client(resource, _drivers())


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
@overload
def async_memory(resource: Value) -> Any: ...
def async_memory(resource: Value) -> Any:
    """Return an asynchronous client over a resource in memory, empty and its own, for an `async def` handler."""
    return _kind(resource, "async_memory").async_client(resource, _drivers())


def _kind(resource: Value, asked: str) -> KitResource:
    kind = getattr(resource, "kind", None)
    if not hasattr(resource, "pillar") or kind not in RESOURCES:
        *first, last = (DECLARED[name].declaration.__name__ for name in RESOURCES)
        raise TypeError(f"{asked} takes a {', '.join(first)} or {last}, not {resource!r}")
    return RESOURCES[kind]


def _drivers() -> Any:
    stores = Stores(lambda: datetime.now(UTC), lambda *made: None, lambda kind, name: None)
    nobody = Watch()
    return KitDrivers(lambda: (stores, nobody))
