"""A bucket in memory under watch: what it stores and deletes is told, so that functions are fired."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from portable.storage.driver import Attributes, Condition
from portable.storage.memory import MemoryBucket, MemoryWriter
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
        return self._put_stream("put_stream", key, chunks, attributes)

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
        """Return a writer that tells when the object is stored."""
        return MemoryWriter(partial(self._put_stream, "writer"), key, attributes)

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

    def _put_stream(self, method: str, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        inner, watch = self._inner(method)
        return self._told(watch, method, key, inner.put_stream(key, chunks, attributes))

    def _inner(self, method: str) -> tuple[MemoryBucket, Watch]:
        stores, watch = self._where()
        watch.before("bucket", self._name, method)
        inner: MemoryBucket = stores.driver("bucket", self._resource)
        return inner, watch

    def _told(self, watch: Watch, method: str, key: str, info: ObjectInfo) -> ObjectInfo:
        watch.changed(self._name, key, "created", info)
        watch.after("bucket", self._name, method)
        return info
