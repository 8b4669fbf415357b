"""The driver of all cloud buckets: a `BucketDriver` made from an obstore store and its traits.

obstore has one API for S3, Azure Blob and Cloud Storage, but some behaviour differs. This module hides the differences.
obstore's runtime does not survive a fork after its first use: it would hang. Such a use raises an error instead.
"""

# ruff: noqa: D102 - the methods are documented in `portable.storage.driver`

from __future__ import annotations

from portable.errors import Conflict, NotFound, PortableError
from portable.storage.objects import ObjectInfo
from portable.storage.obstore_errors import Translated
from portable.storage.obstore_objects import (
    AT_ONCE,
    etag_of,
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
    from collections.abc import Iterator
    from typing import Any, BinaryIO, Literal

    from obstore import GetResult, PutMode
    from obstore.store import ObjectStore

    from portable.storage.driver import AsyncBucketDriver, Attributes, Condition
    from portable.storage.keys import Range
    from portable.storage.objects import Page
    from portable.storage.obstore_objects import Traits
    from portable.storage.obstore_store import Sign
    from portable.storage.writing import ObjectWriter


class ObstoreBucket:
    """A `BucketDriver` of an obstore store. `name` is for messages. `sign` is used if obstore cannot sign."""

    def __init__(self, store: ObjectStore, name: str, traits: Traits, sign: Sign | None = None) -> None:
        self.name = name
        self._store = store
        self._guarded = Guarded(store, traits.refuses)
        self._traits = traits
        self._sign = sign
        self._quoted = True

    def get(self, key: str, wanted: Range | None, etag: str | None = None) -> bytes:
        store = self._guarded.use(key)
        with Translated(self.name, key):
            if wanted is None:
                found = store.get(key, options=None if etag is None else {"if_match": f'"{etag}"'})
                return found.bytes().to_bytes()
            start, end = wanted
            options = native_range(start, end)
            if etag is not None:
                options["if_match"] = f'"{etag}"'
            if start < 0:
                meta = store.head(key)
                if etag is not None and etag_of(meta["e_tag"]) != etag:
                    raise Conflict(f'"{key}" in bucket "{self.name}" has changed: its etag is not {etag}')
                if meta["size"] == 0:
                    return b""
                options = native_range(last_bytes(meta["size"], wanted), None)
                options["if_match"] = meta["e_tag"]
            found = store.get(key, options=options)
            return found.bytes().to_bytes()

    def open(self, key: str) -> BinaryIO:
        from io import BufferedReader

        from portable.storage.obstore_reader import ObjectReader

        return BufferedReader(ObjectReader(self._guarded.use(key), self.name, key), 64 * 1024)

    def head(self, key: str) -> ObjectInfo:
        store = self._guarded.use(key)
        with Translated(self.name, key):
            return head_info(key, store.get(key, options={"head": True}), self._traits.varied)

    def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page:
        from portable.storage.obstore_walk import CHUNK, Walk

        store = self._guarded.use()
        walk = Walk(prefix, delimiter, limit, page, self._traits.starts_after)
        with Translated(self.name, prefix):
            while walk.going:
                if walk.by_levels:
                    walk.take_level(store.list_with_delimiter(walk.folder))
                    break
                for metas in store.list(walk.folder, offset=walk.offset, chunk_size=CHUNK):
                    if not walk.take(metas):
                        break
                else:
                    walk.end()
        return walk.page()

    def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        store = self._guarded.use(key)
        if condition.if_absent or condition.if_match is not None:
            return self._put_if(store, key, data, attributes, condition)
        with Translated(self.name, key):
            result = store.put(key, data, attributes=native_attributes(attributes), mode="overwrite")
        return self._stored(put_info(key, len(data), result, attributes))

    def _put_if(
        self, store: ObjectStore, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition
    ) -> ObjectInfo:
        from time import sleep

        from portable.storage.obstore_conditions import ConditionalPut

        write, quoted = ConditionalPut(key, attributes, condition), self._quoted
        while True:
            try:
                with Translated(self.name, key):
                    mode: PutMode = native_mode(condition, quoted)
                    if condition.if_match is not None and self._traits.generations:
                        mode = {"version": generation(key, store.head(key), condition.if_match)}
                    result = store.put(key, data, attributes=write.native, mode=mode)
                self._quoted = quoted
                return put_info(key, len(data), result, attributes)
            except (Conflict, NotFound) as error:
                refused = write.refusal(error)
            found = self._look(store, key, refused)
            if (stored := write.stored(found, len(data))) is not None:
                return stored
            sleep(write.pause(found, refused))
            quoted = not (self._traits.varied and quoted)

    def _look(self, store: ObjectStore, key: str, refused: Conflict) -> GetResult | None:
        """Return the current object at a key, or None. Raises `refused` if we have no permission to read it."""
        try:
            with Translated(self.name, key):
                return store.get(key, options={"head": True})
        except NotFound:
            return None
        except PortableError:
            raise refused from refused.__cause__

    def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        from portable.storage.chunks import PART
        from portable.storage.obstore_writer import Chunks

        store, counted = self._guarded.use(key), Chunks(chunks)
        try:
            with Translated(self.name, key):
                native = native_attributes(attributes)
                result = store.put(key, counted, attributes=native, chunk_size=PART, max_concurrency=AT_ONCE)
        except BaseException:
            if counted.error is not None:
                raise counted.error from None
            raise
        return self._stored(put_info(key, counted.size, result, attributes))

    def _stored(self, info: ObjectInfo) -> ObjectInfo:
        """Return the info with its etag, which Ceph 16.2 does not tell of an object that it took in parts."""
        if info.etag or not self._traits.varied:
            return info
        try:
            found = self.head(info.key)
        except PortableError:  # a client that may only write
            return info
        return ObjectInfo(info.key, info.size, found.etag, info.content_type, info.metadata)

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
        from portable.storage.obstore_writer import ObstoreWriter

        return ObstoreWriter(self._guarded.use(key), self.name, key, attributes)

    def copy(self, source: str, target: str) -> None:
        if source == target:  # S3 refuses this copy, and it would change nothing
            self.head(source)
            return
        store = self._guarded.use(source, target)
        with Translated(self.name, source):
            store.copy(source, target)

    def delete(self, key: str) -> None:
        store = self._guarded.use(key)
        try:
            with Translated(self.name, key):
                store.delete(key)
        except NotFound as error:
            if "there is no bucket" in str(error):
                raise

    def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str:
        from datetime import timedelta

        from obstore import sign

        store: Any = self._guarded.use(key)  # the adapter knows that obstore can sign for this kind of store
        if self._sign is not None:
            return self._sign(key, method, expires)
        with Translated(self.name, key):
            return sign(store, method, signable(key, self._traits), timedelta(seconds=expires))

    def awaited(self) -> AsyncBucketDriver:
        from portable.base.threads import Threads
        from portable.storage.asynchronous import AsyncBucket

        return AsyncBucket(self, Threads().run)  # type: ignore[return-value]  # most of its methods are made when asked for

    def unwrap(self, native: type) -> object:
        return self._guarded.unwrap(native)
