"""A bucket in memory, for tests. It keeps the promises of a store and has a settable clock and snapshots."""

# ruff: noqa: D102 - the methods are documented in `portable.storage.driver`

from __future__ import annotations

from portable.base.awaited import Awaited, at_once
from portable.errors import Conflict, InvalidRange, NotFound, UnsupportedError
from portable.storage.listing import below, one_page, page_start
from portable.storage.objects import ObjectInfo, Page
from portable.storage.writing import ObjectWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from datetime import datetime
    from typing import BinaryIO, Literal

    from portable.storage.driver import Attributes, Condition
    from portable.storage.keys import Range

    Stored = tuple[bytes, ObjectInfo]


def utc_now() -> datetime:
    """Return the current time as an aware datetime in UTC."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


class MemoryBucket:
    """A `BucketDriver` over a dict. `clock` returns the aware time; objects get it as their time of modification."""

    def __init__(self, name: str = "memory", clock: Callable[[], datetime] = utc_now) -> None:
        from threading import Lock

        self.name = name
        self._clock = clock
        self._lock = Lock()
        self._objects: dict[str, Stored] = {}
        self._sorted: list[str] | None = []
        self._count = 0

    def get(self, key: str, wanted: Range | None, etag: str | None = None) -> bytes:
        data, info = self._find(key)
        if etag is not None and info.etag != etag:
            raise Conflict(f'"{key}" in bucket "{self.name}" has changed: its etag is not {etag}')
        return data if wanted is None else cut(data, wanted, key)

    def open(self, key: str) -> BinaryIO:
        from io import BufferedReader, BytesIO

        return BufferedReader(BytesIO(self._find(key)[0]))  # a BytesIO alone would be writable

    def head(self, key: str) -> ObjectInfo:
        return self._find(key)[1]

    def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page:
        after = page_start(page)
        with self._lock:
            keys, prefixes, following = one_page(
                self._ordered(prefix, after, delimiter), prefix, delimiter, limit, after
            )
            infos = [self._objects[key][1] for key in keys]
        return Page([ObjectInfo(i.key, i.size, i.etag, None, {}, i.modified_at) for i in infos], prefixes, following)

    def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        kept = bytes(data)
        with self._lock:
            known = self._objects.get(key)
            if condition.if_absent and known is not None:
                raise Conflict(f'bucket "{self.name}" has "{key}" already')
            if condition.if_match is not None and (known is None or known[1].etag != condition.if_match):
                raise Conflict(f'"{key}" in bucket "{self.name}" has changed: its etag is not {condition.if_match}')
            return self._store(key, kept, attributes.content_type, dict(attributes.metadata))

    def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        data = b"".join(chunks)
        with self._lock:
            return self._store(key, data, attributes.content_type, dict(attributes.metadata))

    def writer(self, key: str, attributes: Attributes) -> MemoryWriter:
        return MemoryWriter(self.put_stream, key, attributes)

    def copy(self, source: str, target: str) -> None:
        data, info = self._find(source)
        if source != target:
            with self._lock:
                self._store(target, data, info.content_type or "", dict(info.metadata))

    def delete(self, key: str) -> None:
        with self._lock:
            if self._objects.pop(key, None) is not None:
                self._sorted = None

    def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str:
        """Raise UnsupportedError, because no server would answer such a URL."""
        raise UnsupportedError(
            f'bucket "{self.name}" is in memory and has no URLs. S3, Azure Blob and Cloud Storage have signed URLs'
        )

    def awaited(self) -> AsyncMemoryBucket:
        return AsyncMemoryBucket(self, at_once)

    def unwrap(self, native: type) -> object:
        """Return this bucket itself."""
        return self if isinstance(self, native) else None

    def snapshot(self) -> object:
        """Return the current objects, for `restore`. It is cheap, because objects are replaced and never changed."""
        with self._lock:
            return dict(self._objects)

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of this bucket. A snapshot can be restored many times."""
        assert isinstance(snapshot, dict)
        with self._lock:
            self._objects = dict(snapshot)
            self._sorted = None

    def _find(self, key: str) -> Stored:
        found = self._objects.get(key)
        if found is None:
            raise NotFound(f'bucket "{self.name}" has no "{key}"')
        return found

    def _store(self, key: str, data: bytes, content_type: str, metadata: dict[str, str]) -> ObjectInfo:
        self._count += 1  # it never decreases, even after restore, so an etag is never used twice
        etag = f"{self._count:016x}"
        if key not in self._objects:
            self._sorted = None
        self._objects[key] = (data, ObjectInfo(key, len(data), etag, content_type, metadata, self._clock()))
        return ObjectInfo(key, len(data), etag, content_type, metadata)

    def _ordered(self, prefix: str, after: str, delimiter: str | None) -> Iterator[str]:
        from bisect import bisect_left, bisect_right

        if self._sorted is None:
            self._sorted = sorted(self._objects)
        keys = self._sorted
        at = max(bisect_left(keys, prefix), bisect_right(keys, after) if after else 0)
        while at < len(keys) and keys[at].startswith(prefix):
            key = keys[at]
            yield key
            fold = key.find(delimiter, len(prefix)) if delimiter else -1
            at = at + 1 if fold < 0 else max(at + 1, bisect_left(keys, below(key[: fold + len(delimiter or "")])))


class AsyncMemoryBucket(Awaited):
    """The twin of a bucket in memory, whose calls need no thread."""

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], attributes: Attributes) -> ObjectInfo:
        held = [chunk async for chunk in chunks]
        return await self.run(self.driver.put_stream, key, iter(held), attributes)  # type: ignore[no-any-return]


class MemoryWriter(ObjectWriter):
    """Collects the bytes of one object and gives them to `put_stream` at the end."""

    def __init__(self, put_stream: Callable[..., ObjectInfo], key: str, attributes: Attributes) -> None:
        super().__init__()
        self._put_stream = put_stream
        self._key = key
        self._attributes = attributes
        self._chunks: list[bytes] = []

    def _send(self, data: bytes | memoryview) -> None:
        self._chunks.append(bytes(data))

    def _commit(self) -> None:
        self.etag = self._put_stream(self._key, iter(self._chunks), self._attributes).etag

    def _discard(self) -> None:
        self._chunks.clear()


def cut(data: bytes, wanted: Range, key: str) -> bytes:
    """Return the bytes of a range. Raises InvalidRange if it begins after the last byte of the object."""
    start, end = wanted
    if start < 0:
        return data[start:]
    if start >= len(data):
        raise InvalidRange(f'"{key}" has {len(data)} bytes, so a range cannot start at {start}', wanted)
    return data[start:end]
