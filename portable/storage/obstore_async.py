"""The async twin of `obstore_driver`: an `AsyncBucketDriver` made from an obstore store and its traits.

Calls run on obstore's own threads, so many calls can wait at the same time on one event loop.
"""

# ruff: noqa: D102 - the methods are documented in `portable.storage.driver`

from __future__ import annotations

from portable.errors import Conflict, NotFound, PortableError
from portable.storage.chunks import PART
from portable.storage.obstore_driver import Guarded, generation, signable
from portable.storage.obstore_errors import Translated
from portable.storage.obstore_objects import (
    AT_ONCE,
    Traits,
    head_info,
    last_bytes,
    native_attributes,
    native_mode,
    native_range,
    put_info,
)
from portable.storage.obstore_reader import CHUNK as READ
from portable.storage.obstore_reader import resume, target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any, Literal

    from obstore import AsyncWritableFile, BytesStream, GetResult, PutMode
    from obstore.store import ObjectStore

    from portable.storage.driver import Attributes, Condition
    from portable.storage.keys import Range
    from portable.storage.objects import ObjectInfo, Page
    from portable.storage.obstore_driver import Sign


class AsyncObstoreBucket:
    """An `AsyncBucketDriver` of an obstore store. `name` is for messages. `sign` is used if obstore cannot sign."""

    def __init__(self, store: ObjectStore, name: str, traits: Traits, sign: Sign | None = None) -> None:
        self.name = name
        self._guarded = Guarded(store, traits.refuses)
        self._traits = traits
        self._sign = sign

    async def get(self, key: str, wanted: Range | None) -> bytes:
        store = self._guarded.use(key)
        with Translated(self.name, key):
            if wanted is None:
                found = await store.get_async(key)
                return (await found.bytes_async()).to_bytes()
            start, end = wanted
            options = native_range(start, end)
            if start < 0:
                meta = await store.head_async(key)
                if meta["size"] == 0:
                    return b""
                options = native_range(last_bytes(meta["size"], wanted), None)
                options["if_match"] = meta["e_tag"]
            found = await store.get_async(key, options=options)
            return (await found.bytes_async()).to_bytes()

    async def open(self, key: str) -> AsyncObjectReader:
        reader = AsyncObjectReader(self._guarded.use(key), self.name, key)
        await reader.start()
        return reader

    async def head(self, key: str) -> ObjectInfo:
        store = self._guarded.use(key)
        with Translated(self.name, key):
            return head_info(key, await store.get_async(key, options={"head": True}))

    async def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page:
        from portable.storage.obstore_walk import CHUNK, Walk

        store = self._guarded.use()
        walk = Walk(prefix, delimiter, limit, page, self._traits.starts_after)
        with Translated(self.name, prefix):
            while walk.going:
                if walk.by_levels:
                    walk.take_level(await store.list_with_delimiter_async(walk.folder))
                    break
                async for metas in store.list(walk.folder, offset=walk.offset, chunk_size=CHUNK):
                    if not walk.take(metas):
                        break
                else:
                    walk.end()
        return walk.page()

    async def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        store = self._guarded.use(key)
        if condition.if_absent or condition.if_match is not None:
            return await self._put_if(store, key, data, attributes, condition)
        with Translated(self.name, key):
            result = await store.put_async(key, data, attributes=native_attributes(attributes), mode="overwrite")
        return put_info(key, len(data), result, attributes)

    async def _put_if(
        self, store: ObjectStore, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition
    ) -> ObjectInfo:
        from asyncio import sleep

        from portable.storage.obstore_conditions import ConditionalPut

        write = ConditionalPut(key, attributes, condition)
        while True:
            try:
                with Translated(self.name, key):
                    mode: PutMode = native_mode(condition)
                    if condition.if_match is not None and self._traits.generations:
                        mode = {"version": generation(key, await store.head_async(key), condition.if_match)}
                    result = await store.put_async(key, data, attributes=write.native, mode=mode)
                return put_info(key, len(data), result, attributes)
            except (Conflict, NotFound) as error:
                refused = write.refusal(error)
            found = await self._look(store, key, refused)
            if (stored := write.stored(found, len(data))) is not None:
                return stored
            await sleep(write.pause(found, refused))

    async def _look(self, store: ObjectStore, key: str, refused: Conflict) -> GetResult | None:
        """Return the current object at a key, or None. Raises `refused` if we have no permission to read it."""
        try:
            with Translated(self.name, key):
                return await store.get_async(key, options={"head": True})
        except NotFound:
            return None
        except PortableError:
            raise refused from refused.__cause__

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], attributes: Attributes) -> ObjectInfo:
        store, counted = self._guarded.use(key), AsyncChunks(chunks)
        try:
            with Translated(self.name, key):
                native = native_attributes(attributes)
                result = await store.put_async(
                    key, counted, attributes=native, chunk_size=PART, max_concurrency=AT_ONCE
                )
        except BaseException:
            if counted.error is not None:
                raise counted.error from None
            raise
        return put_info(key, counted.size, result, attributes)

    def writer(self, key: str, attributes: Attributes) -> AsyncObstoreWriter:
        return AsyncObstoreWriter(self._guarded.use(key), self.name, key, attributes)

    async def copy(self, source: str, target: str) -> None:
        if source == target:  # S3 refuses this copy, and it would change nothing
            await self.head(source)
            return
        store = self._guarded.use(source, target)
        with Translated(self.name, source):
            await store.copy_async(source, target)

    async def delete(self, key: str) -> None:
        store = self._guarded.use(key)
        try:
            with Translated(self.name, key):
                await store.delete_async(key)
        except NotFound as error:
            if "there is no bucket" in str(error):
                raise

    async def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str:
        from datetime import timedelta

        from obstore import sign_async

        store: Any = self._guarded.use(key)  # the adapter knows that obstore can sign for this kind of store
        if self._sign is not None:  # it may call its service to get a signing key, which would block the event loop
            from asyncio import to_thread

            return await to_thread(self._sign, key, method, expires)
        with Translated(self.name, key):
            return await sign_async(store, method, signable(key, self._traits), timedelta(seconds=expires))

    def unwrap(self, native: type) -> object:
        return self._guarded.unwrap(native)


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

    async def start(self) -> None:
        """Start the first GET. Raises NotFound."""
        with Translated(self._bucket, self._key):
            result = await self._store.get_async(self._key)
            self._size = result.meta["size"]
            self._etag = result.meta["e_tag"]
            self._stream = result.stream(READ)

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
                    self._stream = (await self._store.get_async(self._key, options=options)).stream(READ)
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
