"""What is read from and written to a store of obstore piece by piece, for `async def` handlers."""

# ruff: noqa: D102 - the methods are documented in `portable.storage.driver`

from __future__ import annotations

from portable.errors import Conflict, NotFound
from portable.storage.chunks import PART
from portable.storage.obstore_errors import Translated
from portable.storage.obstore_objects import AT_ONCE, native_attributes
from portable.storage.obstore_reader import CHUNK, resume, target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from obstore import AsyncWritableFile, BytesStream
    from obstore.store import ObjectStore

    from portable.storage.driver import Attributes


class AsyncChunks:
    """An async iterator of chunks. It counts their bytes and keeps the error with which it ended."""

    __slots__ = ("_chunks", "error", "size")

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.size = 0
        self.error: BaseException | None = None

    def __aiter__(self) -> AsyncChunks:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self.error = error
            raise
        self.size += len(chunk)
        return chunk


async def open_object(store: ObjectStore, bucket: str, key: str) -> AsyncObjectReader:
    """Return a reader of an object. Raises NotFound."""
    return await AsyncObjectReader(store, bucket, key).start()


class AsyncObjectReader:
    """Reads one object as it was when it was opened. Raises Conflict if more bytes are needed and it was replaced."""

    def __init__(self, store: ObjectStore, bucket: str, key: str) -> None:
        self._store = store
        self._bucket = bucket
        self._key = key
        self._position = 0
        self._size = 0
        self._etag: str | None = None
        self._chunk = memoryview(b"")
        self._stream: BytesStream | None = None

    async def start(self) -> AsyncObjectReader:
        """Start the first GET and return the reader. Raises NotFound."""
        with Translated(self._bucket, self._key):
            result = await self._store.get_async(self._key)
            self._size = result.meta["size"]
            self._etag = result.meta["e_tag"]
            self._stream = result.stream(CHUNK)
        return self

    async def read(self, size: int = -1) -> bytes:
        wanted = self._size - self._position if size < 0 else size
        parts: list[bytes] = []
        while wanted > 0:
            if not self._chunk:
                self._chunk = memoryview(await self._following())
                if not self._chunk:
                    break
            part = bytes(self._chunk[:wanted])
            self._chunk = self._chunk[len(part) :]
            self._position += len(part)
            wanted -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def seek(self, offset: int, whence: int = 0) -> int:
        position = target(self._position, self._size, offset, whence)
        if position != self._position:
            self._chunk = memoryview(b"")
            self._stream = None
            self._position = position
        return position

    async def close(self) -> None:
        self._stream = None
        self._chunk = memoryview(b"")

    async def _following(self) -> bytes:
        if self._position >= self._size:
            return b""
        try:
            with Translated(self._bucket, self._key):
                if self._stream is None:
                    options = resume(self._position, self._etag)
                    self._stream = (await self._store.get_async(self._key, options=options)).stream(CHUNK)
                return bytes(await anext(self._stream, b""))
        except NotFound as error:
            raise Conflict(f'"{self._key}" in bucket "{self._bucket}" was deleted while it was read') from error


class AsyncObstoreWriter:
    """Writes one object: a small one in one request, a large one in parts."""

    def __init__(self, store: ObjectStore, bucket: str, key: str, attributes: Attributes) -> None:
        from obstore import open_writer_async

        self._bucket = bucket
        self._key = key
        native = native_attributes(attributes)
        with Translated(bucket, key):
            self._inner: AsyncWritableFile = open_writer_async(
                store, key, attributes=native, buffer_size=PART, max_concurrency=AT_ONCE
            )

    async def write(self, data: Any) -> int:
        octets = bytes(data)
        if octets:
            with Translated(self._bucket, self._key):
                await self._inner.write(octets)
        return len(octets)

    async def close(self) -> None:
        with Translated(self._bucket, self._key):
            await self._inner.close()

    async def abort(self) -> None:
        with Translated(self._bucket, self._key):
            await self._inner.__aexit__(RuntimeError, RuntimeError("given up"), None)
