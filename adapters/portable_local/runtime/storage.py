"""Buckets in a folder: takes a bucket and the path of a folder; returns a bucket driver. Each object is a readable file.

`portable invoke` uses it. Several processes and threads of one machine may share a folder. obstore's local
store is not used: it keeps no metadata, has no conditional put by etag, cannot hold `a` beside `a/b`, and refuses segments
over 255 bytes. A write goes to a temporary file, which then replaces the object in one step under a lock. So readers see
either the old object or the new one. The first write makes the folder. Links that lead out of the folder are ignored.
"""

# ruff: noqa: D102 - the methods are documented once, in `portable.storage.driver`

from __future__ import annotations

import os

from portable.errors import Conflict, NotFound, PermissionDenied, UnsupportedError
from portable.storage.listing import one_page, page_start
from portable.storage.objects import ObjectInfo, Page
from portable_local.runtime import storage_paths
from portable_local.runtime.errors import Wrapped
from portable_local.runtime.storage_attributes import NONE, etag_of
from portable_local.runtime.storage_inside import Inside
from portable_local.runtime.storage_links import leads_out
from portable_local.runtime.storage_walk import keys_in
from portable_local.runtime.storage_writer import FileWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import BinaryIO, Literal

    from portable.storage.asynchronous import AsyncBucket
    from portable.storage.bucket import Bucket
    from portable.storage.driver import Attributes, Condition
    from portable.storage.keys import Range
    from portable.storage.writing import ObjectWriter

COPY = 1024 * 1024


def bucket_driver(bucket: Bucket, folder: str) -> FilesBucket:
    """Return the driver of a bucket in a folder, which is made at the first write."""
    return FilesBucket(bucket.name, folder)


class FilesBucket:
    """A `BucketDriver` over a folder."""

    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        self.folder = os.path.abspath(folder)
        self.inside = Inside(name, self.folder)

    def get(self, key: str, wanted: Range | None, etag: str | None = None) -> bytes:
        from portable.errors import Conflict, InvalidRange

        with self.wrapped(key), self.open(key) as file:
            if etag is not None and etag_of(os.fstat(file.fileno())) != etag:
                raise Conflict(f'"{key}" has changed: its etag is not {etag}')
            if wanted is None:
                return file.read()
            start, end = wanted
            size = os.fstat(file.fileno()).st_size
            if start >= size:
                raise InvalidRange(f'"{key}" has {size} bytes, so a range cannot start at {start}', wanted)
            file.seek(start if start >= 0 else max(0, size + start))
            return file.read(-1 if end is None else end - start)

    def open(self, key: str) -> BinaryIO:
        with self.wrapped(key):
            try:
                return open(self._readable(key), "rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise self._missing(key) from error

    def head(self, key: str) -> ObjectInfo:
        while True:
            found = self._stat(key)
            attributes = self.inside.attributes.read(etag_of(found))
            if attributes is not None or etag_of(self._stat(key)) == etag_of(found):
                kept = attributes or NONE
                return ObjectInfo(
                    key, found.st_size, etag_of(found), kept.content_type, dict(kept.metadata), _time(found)
                )

    def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page:
        with self.wrapped(prefix):
            keys = sorted(keys_in(self.folder, prefix))
        after = page_start(page)
        items: list[ObjectInfo] = []
        found, prefixes, following = one_page(keys, prefix, delimiter, limit, after)
        for key in found:
            try:
                status = self._stat(key)
            except NotFound:
                continue  # deleted meanwhile
            items.append(ObjectInfo(key, status.st_size, etag_of(status), None, {}, _time(status)))
        return Page(items, prefixes, following)

    def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        with self._writer(key, attributes, condition) as writer:
            writer.write(data)
        return ObjectInfo(key, len(data), writer.etag, attributes.content_type, dict(attributes.metadata))

    def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        size = 0
        with self._writer(key, attributes, None) as writer:
            for chunk in chunks:
                size += writer.write(chunk)
        return ObjectInfo(key, size, writer.etag, attributes.content_type, dict(attributes.metadata))

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
        return self._writer(key, attributes, None)

    def copy(self, source: str, target: str) -> None:
        info = self.head(source)
        if source == target:
            return
        from portable.storage.driver import Attributes

        with self.wrapped(source), self.open(source) as file:
            found = os.fstat(file.fileno())
            if etag_of(found) != info.etag:  # the object was replaced since `head`: read its attributes again
                self.copy(source, target)
                return
            attributes = Attributes(info.content_type or "", info.metadata)
            with self._writer(target, attributes, None) as writer:
                while chunk := file.read(COPY):
                    writer.write(chunk)

    def delete(self, key: str) -> None:
        path = self._path(key)
        if not os.path.isdir(self.folder) or leads_out(self.folder, os.path.dirname(path)):
            return
        with self.wrapped(key), self.inside.alone():
            try:
                with self.inside.dropping(etag_of(os.lstat(path)), path):
                    os.unlink(path)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return
            self._prune(os.path.dirname(path))

    def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str:
        """Raise UnsupportedError: no server on this machine serves such URLs."""
        raise UnsupportedError(
            f'bucket "{self.name}" is a local folder, which has no signed URLs: they work only on S3, Azure Blob and Cloud Storage'
        )

    def awaited(self) -> AsyncBucket:
        from portable.base.threads import Threads
        from portable.storage.asynchronous import AsyncBucket

        return AsyncBucket(self, Threads(8).run)

    def unwrap(self, native: type) -> object:
        """Return the folder as a `pathlib.Path`, or this driver."""
        from pathlib import Path

        if issubclass(native, Path):
            return Path(self.folder)
        return self if isinstance(self, native) else None

    def _path(self, key: str) -> str:
        return f"{self.folder}/{storage_paths.to_path(key)}"

    def _readable(self, key: str) -> str:
        """Return the path of a key's file. Raises NotFound if a link on its path leads out of the bucket."""
        path = self._path(key)
        if leads_out(self.folder, path):
            raise self._missing(key)
        return path

    def _missing(self, key: str) -> NotFound:
        return NotFound(f'bucket "{self.name}" has no "{key}"')

    def wrapped(self, key: str) -> Wrapped:
        """Return a `with` block that turns errors of files into errors of the error tree."""
        return Wrapped(f'bucket "{self.name}", "{key}", in {self.folder}')

    def _stat(self, key: str) -> os.stat_result:
        with self.wrapped(key):
            try:
                return os.stat(self._readable(key))
            except (FileNotFoundError, NotADirectoryError) as error:
                raise self._missing(key) from error

    def _writer(self, key: str, attributes: Attributes, condition: Condition | None) -> FileWriter:
        return FileWriter(self, key, attributes, condition)

    def _prune(self, folder: str) -> None:
        while folder != self.folder:
            try:
                os.rmdir(folder)
            except OSError:
                return  # not empty
            folder = os.path.dirname(folder)

    def place(self, temporary: str, key: str, attributes: Attributes, condition: Condition | None) -> str:
        """Replace an object by a written file. Return the new etag. Raises Conflict if the condition is false."""
        import time

        now = time.time_ns()
        os.utime(temporary, ns=(now, now))  # the kernel's clock has steps of milliseconds; etags need finer ones
        etag = etag_of(os.stat(temporary))
        path = self._path(key)
        with self.inside.alone():
            if leads_out(self.folder, os.path.dirname(path)):
                raise PermissionDenied(
                    f'the path of "{key}" contains a link that leads out of the folder of bucket "{self.name}"'
                )
            try:
                known: str | None = etag_of(os.lstat(path))
            except (FileNotFoundError, NotADirectoryError):
                known = None
            if condition is not None:
                self._check(key, known, condition)
            self.inside.attributes.write(etag, attributes)
            with self.inside.dropping(known, path):
                try:
                    _replace(temporary, path)
                except BaseException:
                    self.inside.attributes.remove(etag)
                    raise
        return etag

    def _check(self, key: str, known: str | None, condition: Condition) -> None:
        if condition.if_absent and known is not None:
            raise Conflict(f'bucket "{self.name}" already has "{key}"')
        if condition.if_match is not None and known != condition.if_match:
            raise Conflict(f'"{key}" in bucket "{self.name}" has changed: its etag is not {condition.if_match}')


def _replace(temporary: str, path: str) -> None:
    try:
        os.replace(temporary, path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.replace(temporary, path)


def _time(found: os.stat_result) -> datetime:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(found.st_mtime, UTC)
