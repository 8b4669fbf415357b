"""The async twin of `obstore_driver`: an `AsyncBucketDriver` made from an obstore store and its traits.

Calls run on obstore's own threads, so many calls can wait at the same time on one event loop.

Made from portable/storage/obstore_driver.py by tools/twins.py: change that file, then run the tool.
"""

# ruff: noqa: D102 - the methods are documented in `portable.storage.driver`

from __future__ import annotations

from portable.errors import Conflict, NotFound, PortableError
from portable.storage.obstore_errors import Translated
from portable.storage.obstore_objects import (
    AT_ONCE,
    head_info,
    last_bytes,
    native_attributes,
    native_mode,
    native_range,
    put_info,
)
from portable.storage.obstore_store import Guarded, generation, signable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any, Literal

    from obstore import GetResult, PutMode
    from obstore.store import ObjectStore

    from portable.storage.driver import AsyncReader, Attributes, Condition
    from portable.storage.keys import Range
    from portable.storage.objects import ObjectInfo, Page
    from portable.storage.obstore_objects import Traits
    from portable.storage.obstore_store import Sign
    from portable.storage.writing import AsyncObjectWriter


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

    async def open(self, key: str) -> AsyncReader:
        from portable.storage.obstore_async_streams import open_object

        return await open_object(self._guarded.use(key), self.name, key)

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
        from portable.storage.chunks import PART
        from portable.storage.obstore_async_streams import AsyncChunks

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

    def writer(self, key: str, attributes: Attributes) -> AsyncObjectWriter:
        from portable.storage.obstore_async_streams import AsyncObstoreWriter

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
