"""What handlers are given: memory drivers under watch. A resource in, a driver that tells each of its calls out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import quote

from portable.eventing.asynchronous import AsyncQueue, AsyncTopic
from portable.eventing.queue import Queue
from portable.eventing.topic import Topic
from portable.persistence.asynchronous import AsyncTable
from portable.persistence.table import Table
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.storage.asynchronous import AsyncBucket, at_once
from portable.storage.bucket import Bucket
from portable.storage.driver import Attributes, Condition
from portable.storage.memory import MemoryBucket
from portable.storage.objects import ObjectInfo
from portable.storage.writing import ObjectWriter
from portable.testing.stores import Stores

EFFECTS = frozenset(
    (
        *(("bucket", method) for method in ("put", "put_stream", "writer", "copy", "delete")),
        *(("table", method) for method in ("put", "update", "delete", "batch_write", "transact")),
        *(("queue", method) for method in ("send", "send_many", "acknowledge")),
        ("topic", "publish"),
    )
)
"""Calls that change something."""
_QUIET = ("unwrap", "close", "snapshot", "restore")


class Watch(Protocol):
    """Is told of each call of a resource, and may raise instead of letting it happen."""

    def before(self, kind: str, name: str, method: str) -> None:
        """Take note before the call."""
        ...

    def after(self, kind: str, name: str, method: str) -> None:
        """Take note after the call; what is raised here is a reply that was lost."""
        ...

    def changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Take note that an object was created or deleted."""
        ...


class Watched:
    """Any driver under watch."""

    def __init__(self, inner: Any, kind: str, name: str, watch: Watch) -> None:
        self._inner = inner
        self._kind = kind
        self._name = name
        self._watch = watch

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._inner, method)
        if method in _QUIET or not callable(found):
            return found
        kind, name, watch = self._kind, self._name, self._watch

        def call(*arguments: Any, **options: Any) -> Any:
            watch.before(kind, name, method)
            result = found(*arguments, **options)
            watch.after(kind, name, method)
            return result

        setattr(self, method, call)
        return call


class WatchedBucket(Watched):
    """A bucket under watch; its changes are events."""

    _inner: MemoryBucket

    def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        """Store, then tell."""
        self._watch.before("bucket", self._name, "put")
        info = self._inner.put(key, data, attributes, condition)
        return self._told("put", key, info)

    def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        """Store, then tell."""
        self._watch.before("bucket", self._name, "put_stream")
        info = self._inner.put_stream(key, chunks, attributes)
        return self._told("put_stream", key, info)

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
        """Return a writer that tells when the object is stored."""
        return _WatchedWriter(self, key, attributes)

    def copy(self, source: str, target: str) -> None:
        """Copy, then tell."""
        self._watch.before("bucket", self._name, "copy")
        self._inner.copy(source, target)
        self._told("copy", target, self._inner.head(target))

    def delete(self, key: str) -> None:
        """Delete, then tell, when there was an object."""
        self._watch.before("bucket", self._name, "delete")
        known = any(item.key == key for item in self._inner.list(key, None, 1, None))
        self._inner.delete(key)
        if known:
            self._watch.changed(self._name, key, "deleted", None)
        self._watch.after("bucket", self._name, "delete")

    def signed_url(self, key: str, method: str, expires: int) -> str:
        """Return a URL that says all it would grant; nothing listens there."""
        self._watch.before("bucket", self._name, "signed_url")
        return f"https://{self._name}.invalid/{quote(key)}?method={method}&expires={expires}"

    def stored(self, key: str, chunks: list[bytes], attributes: Attributes) -> ObjectInfo:
        """Store what a writer took, then tell."""
        self._watch.before("bucket", self._name, "writer")
        return self._told("writer", key, self._inner.put_stream(key, iter(chunks), attributes))

    def _told(self, method: str, key: str, info: ObjectInfo) -> ObjectInfo:
        self._watch.changed(self._name, key, "created", info)
        self._watch.after("bucket", self._name, method)
        return info


class _WatchedWriter(ObjectWriter):
    """Collects the bytes of one object."""

    def __init__(self, bucket: WatchedBucket, key: str, attributes: Attributes) -> None:
        super().__init__()
        self._to = (bucket, key, attributes)
        self._chunks: list[bytes] = []
        self.etag = ""

    def _send(self, data: bytes | memoryview) -> None:
        self._chunks.append(bytes(data))

    def _commit(self) -> None:
        bucket, key, attributes = self._to
        self.etag = bucket.stored(key, self._chunks, attributes).etag

    def _discard(self) -> None:
        self._chunks.clear()


class KitDrivers:
    """The `Drivers` of one in-memory cloud: every driver under the same watch, the async ones without threads."""

    def __init__(self, stores: Stores, watch: Watch) -> None:
        self._stores = stores
        self._watch = watch

    def bucket(self, bucket: Bucket) -> WatchedBucket:
        """Return the driver of a bucket."""
        return WatchedBucket(self._stores.bucket(bucket), "bucket", bucket.name, self._watch)

    def async_bucket(self, bucket: Bucket) -> AsyncBucket:
        """Return the async driver of a bucket."""
        return AsyncBucket(self.bucket(bucket), at_once)

    def table(self, table: Table) -> Any:
        """Return the driver of a table."""
        return Watched(self._stores.table(table), "table", table.name, self._watch)

    def async_table(self, table: Table) -> AsyncTable:
        """Return the async driver of a table."""
        return AsyncTable(self.table(table), at_once)

    def queue(self, queue: Queue) -> Any:
        """Return the driver of a queue or of its dead letters."""
        return Watched(self._stores.queue(queue), "queue", queue.name, self._watch)

    def async_queue(self, queue: Queue) -> AsyncQueue:
        """Return the async driver of a queue."""
        return AsyncQueue(self.queue(queue), at_once)

    def topic(self, topic: Topic) -> Any:
        """Return the driver of a topic."""
        return Watched(self._stores.topic(topic), "topic", topic.name, self._watch)

    def async_topic(self, topic: Topic) -> AsyncTopic:
        """Return the async driver of a topic."""
        return AsyncTopic(self.topic(topic), at_once)

    def secret(self, secret: Secret) -> str:
        """Return the value the test gave a secret."""
        self._watch.before("secret", secret.name, "read")
        return self._stores.secret(secret.name)

    def setting(self, setting: Setting) -> str:
        """Return the value the test gave a setting, else the environment's, else its default."""
        self._watch.before("setting", setting.name, "read")
        return self._stores.setting(setting)
