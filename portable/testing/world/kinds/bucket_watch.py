"""A bucket in memory under watch: what it stores and deletes is told, so that functions are fired."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from portable.storage.driver import Attributes, Condition
from portable.storage.memory import MemoryBucket
from portable.storage.objects import ObjectInfo
from portable.storage.writing import ObjectWriter
from portable.testing.world.watched import Watch, Watched


class WatchedBucket(Watched):
    """A bucket under watch; its changes are events."""

    def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        """Store, then tell."""
        inner, watch = self._inner("put")
        return self._told(watch, "put", key, inner.put(key, data, attributes, condition))

    def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        """Store, then tell."""
        inner, watch = self._inner("put_stream")
        return self._told(watch, "put_stream", key, inner.put_stream(key, chunks, attributes))

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
        """Return a writer that tells when the object is stored."""
        return _WatchedWriter(self, key, attributes)

    def copy(self, source: str, target: str) -> None:
        """Copy, then tell."""
        inner, watch = self._inner("copy")
        inner.copy(source, target)
        self._told(watch, "copy", target, inner.head(target))

    def delete(self, key: str) -> None:
        """Delete, then tell, when there was an object."""
        inner, watch = self._inner("delete")
        known = any(item.key == key for item in inner.list(key, None, 1, None))
        inner.delete(key)
        if known:
            watch.changed(self._name, key, "deleted", None)
        watch.after("bucket", self._name, "delete")

    def signed_url(self, key: str, method: str, expires: int) -> str:
        """Return a URL that says all it would grant; nothing listens there."""
        self._inner("signed_url")
        return f"https://{self._name}.invalid/{quote(key)}?method={method}&expires={expires}"

    def stored(self, key: str, chunks: list[bytes], attributes: Attributes) -> ObjectInfo:
        """Store what a writer took, then tell."""
        inner, watch = self._inner("writer")
        return self._told(watch, "writer", key, inner.put_stream(key, iter(chunks), attributes))

    def _inner(self, method: str) -> tuple[MemoryBucket, Watch]:
        stores, watch = self._where()
        watch.before("bucket", self._name, method)
        inner: MemoryBucket = stores.driver("bucket", self._resource)
        return inner, watch

    def _told(self, watch: Watch, method: str, key: str, info: ObjectInfo) -> ObjectInfo:
        watch.changed(self._name, key, "created", info)
        watch.after("bucket", self._name, method)
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
