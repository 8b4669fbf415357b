"""The driver of all cloud buckets: a `BucketDriver` made from an obstore store and its traits.

obstore has one API for S3, Azure Blob and Cloud Storage, but some behaviour differs. This module hides the differences.
obstore's runtime does not survive a fork after its first use: it would hang. Such a use raises an error instead.
"""

# ruff: noqa: D102 - the methods are documented in `portable.storage.driver`

from __future__ import annotations

import os

from portable.errors import Conflict, NotFound, PortableError, UnsupportedError
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
from portable.storage.writing import ObjectWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO, Literal

    from obstore import GetResult, PutMode, WritableFile
    from obstore.store import ObjectStore

    from portable.storage.driver import Attributes, Condition
    from portable.storage.keys import Range
    from portable.storage.objects import ObjectInfo, Page

    Sign = Callable[[str, Literal["GET", "PUT"], int], str]
    """Makes a URL from a key, a method and the validity in seconds."""


class Guarded:
    """A store that only one process may use. It is not opened before its first use."""

    __slots__ = ("_process", "_refuses", "_store")

    def __init__(self, store: ObjectStore, refuses: str) -> None:
        self._store = store
        self._refuses = refuses
        self._process = 0

    def use(self, *keys: str) -> ObjectStore:
        """Return the store, for use with these keys.

        Raises UnsupportedError in a process that was forked after the first use, and for a key that the service would
        change.
        """
        for refused in self._refuses:
            for key in keys:
                if refused in key:
                    raise UnsupportedError(f'key "{key}" has {refused}, which this service changes. Use another')
        process = os.getpid()
        if self._process != process:
            if self._process:
                raise UnsupportedError("this bucket was used before the process was forked. Use it only after the fork")
            self._process = process
        return self._store

    def unwrap(self, native: type) -> object:
        """Return the store if it is of that type, else None."""
        return self._store if isinstance(self._store, native) else None


class Chunks:
    """An iterator of chunks.

    It counts their bytes and keeps the error with which it ended, because obstore wraps it.
    """

    __slots__ = ("_chunks", "error", "size")

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.size = 0
        self.error: BaseException | None = None

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise
        self.size += len(chunk)
        return chunk


class ObstoreBucket:
    """A `BucketDriver` of an obstore store. `name` is for messages. `sign` is used if obstore cannot sign."""

    def __init__(self, store: ObjectStore, name: str, traits: Traits, sign: Sign | None = None) -> None:
        self.name = name
        self._guarded = Guarded(store, traits.refuses)
        self._traits = traits
        self._sign = sign

    def get(self, key: str, wanted: Range | None) -> bytes:
        store = self._guarded.use(key)
        with Translated(self.name, key):
            if wanted is None:
                return store.get(key).bytes().to_bytes()
            start, end = wanted
            options = native_range(start, end)
            if start < 0:
                meta = store.head(key)
                if meta["size"] == 0:
                    return b""
                options = native_range(last_bytes(meta["size"], wanted), None)
                options["if_match"] = meta["e_tag"]
            return store.get(key, options=options).bytes().to_bytes()

    def open(self, key: str) -> BinaryIO:
        from io import BufferedReader

        from portable.storage.obstore_reader import ObjectReader

        return BufferedReader(ObjectReader(self._guarded.use(key), self.name, key), 64 * 1024)

    def head(self, key: str) -> ObjectInfo:
        store = self._guarded.use(key)
        with Translated(self.name, key):
            return head_info(key, store.get(key, options={"head": True}))

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
        return put_info(key, len(data), result, attributes)

    def _put_if(
        self, store: ObjectStore, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition
    ) -> ObjectInfo:
        from time import sleep

        from portable.storage.obstore_conditions import ConditionalPut

        write = ConditionalPut(key, attributes, condition)
        while True:
            try:
                with Translated(self.name, key):
                    mode: PutMode = native_mode(condition)
                    if condition.if_match is not None and self._traits.generations:
                        mode = {"version": generation(key, store.head(key), condition.if_match)}
                    result = store.put(key, data, attributes=write.native, mode=mode)
                return put_info(key, len(data), result, attributes)
            except (Conflict, NotFound) as error:
                refused = write.refusal(error)
            found = self._look(store, key, refused)
            if (stored := write.stored(found, len(data))) is not None:
                return stored
            sleep(write.pause(found, refused))

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

        store, counted = self._guarded.use(key), Chunks(chunks)
        try:
            with Translated(self.name, key):
                native = native_attributes(attributes)
                result = store.put(key, counted, attributes=native, chunk_size=PART, max_concurrency=AT_ONCE)
        except BaseException:
            if counted.error is not None:
                raise counted.error from None
            raise
        return put_info(key, counted.size, result, attributes)

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
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

    def unwrap(self, native: type) -> object:
        return self._guarded.unwrap(native)


class ObstoreWriter(ObjectWriter):
    """Writes one object: a small one in one request, a large one in parts."""

    def __init__(self, store: ObjectStore, bucket: str, key: str, attributes: Attributes) -> None:
        super().__init__()
        from obstore import open_writer

        from portable.storage.chunks import PART

        self._bucket = bucket
        self._key = key
        native = native_attributes(attributes)
        with Translated(bucket, key):
            self._inner: WritableFile | None = open_writer(
                store, key, attributes=native, buffer_size=PART, max_concurrency=AT_ONCE
            )

    def _send(self, data: bytes | memoryview) -> None:
        assert self._inner is not None
        with Translated(self._bucket, self._key):
            self._inner.write(bytes(data))

    def _commit(self) -> None:
        assert self._inner is not None
        with Translated(self._bucket, self._key):
            self._inner.close()
        self._inner = None

    def _discard(self) -> None:
        inner, self._inner = self._inner, None
        if inner is not None:
            error = RuntimeError("given up")
            with Translated(self._bucket, self._key):
                inner.__exit__(RuntimeError, error, None)

    def __del__(self) -> None:
        self._inner = None  # no call is made here; the store cleans up the parts that were sent
        super().__del__()


def signable(key: str, traits: Traits) -> str:
    """Return the path of a key in the form that is signed."""
    if not traits.signs_paths:
        return key
    from urllib.parse import quote

    return quote(key, safe="/")


def generation(key: str, meta: Any, etag: str) -> str:
    """Return the generation of the object if it still has the wanted etag. Raises Conflict if it has another one."""
    if (meta["e_tag"] or "").strip('"') != etag:
        raise Conflict(f'"{key}" has changed: its etag is not {etag}')
    return str(meta["version"])
