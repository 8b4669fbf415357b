"""Buckets in a folder: a bucket and a folder's path in, a bucket driver out; each object is a file one can look at.

The embedded default of `portable dev` and `portable invoke`; good for several processes and threads on one machine.
Files rather than obstore's local store, which keeps no metadata, knows no put by etag, holds no `a` beside `a/b` and
no segment over 255 bytes. A write goes to a file of its own, which then takes the object's place in one step under a
lock: readers see the old object or the new one. Nothing is made before the first write.
"""

# ruff: noqa: D102 - what the methods promise is said once, in `portable.storage.driver`

from __future__ import annotations

import os
from io import FileIO

from portable.errors import Conflict, NotFound, UnsupportedError
from portable.storage.listing import one_page, page_start
from portable.storage.objects import ObjectInfo, Page
from portable.storage.writing import ObjectWriter
from portable_local.runtime import storage_paths
from portable_local.runtime.storage_attributes import NONE, AttributeFiles, etag_of
from portable_local.runtime.storage_lock import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import BinaryIO, Literal

    from portable.storage.asynchronous import AsyncBucket
    from portable.storage.bucket import Bucket
    from portable.storage.driver import Attributes, Condition
    from portable.storage.keys import Range

COPY = 1024 * 1024


def bucket_driver(bucket: Bucket, folder: str) -> FilesBucket:
    """Return the driver of a bucket in a folder, which is made at the first write."""
    return FilesBucket(bucket.name, folder)


def async_bucket_driver(bucket: Bucket, folder: str) -> AsyncBucket:
    """Return the asynchronous driver of a bucket in a folder: calls run in up to 8 threads."""
    from portable.base.threads import Threads
    from portable.storage.asynchronous import AsyncBucket

    return AsyncBucket(FilesBucket(bucket.name, folder), Threads(8).run)


class FilesBucket:
    """A `BucketDriver` over a folder."""

    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        self.folder = os.path.abspath(folder)
        self._inside = f"{self.folder}/{storage_paths.INSIDE}"
        self._attributes = AttributeFiles(f"{self._inside}/attributes")

    def get(self, key: str, wanted: Range | None) -> bytes:
        from portable.errors import InvalidRange

        with self.open(key) as file:
            if wanted is None:
                return file.read()
            start, end = wanted
            size = os.fstat(file.fileno()).st_size
            if start >= size:
                raise InvalidRange(f'"{key}" has {size} bytes: none at {start}')
            file.seek(start if start >= 0 else max(0, size + start))
            return file.read(-1 if end is None else end - start)

    def open(self, key: str) -> BinaryIO:
        try:
            return open(self._path(key), "rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound(f'bucket "{self.name}" has no "{key}"') from error

    def head(self, key: str) -> ObjectInfo:
        while True:
            found = self._stat(key)
            attributes = self._attributes.read(etag_of(found))
            if attributes is not None or etag_of(self._stat(key)) == etag_of(found):
                kept = attributes or NONE
                return ObjectInfo(
                    key, found.st_size, etag_of(found), kept.content_type, dict(kept.metadata), _time(found)
                )

    def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page:
        keys = sorted(self._keys(prefix))
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

        with self.open(source) as file:
            found = os.fstat(file.fileno())
            if etag_of(found) != info.etag:  # replaced between the two: its attributes are others
                self.copy(source, target)
                return
            attributes = Attributes(info.content_type or "", info.metadata)
            with self._writer(target, attributes, None) as writer:
                while chunk := file.read(COPY):
                    writer.write(chunk)

    def delete(self, key: str) -> None:
        path = self._path(key)
        if not os.path.isdir(self.folder):
            return
        with locked(self._inside):
            try:
                found = os.stat(path)
                os.unlink(path)
            except (FileNotFoundError, NotADirectoryError):
                return
            self._attributes.remove(etag_of(found))
            self._prune(os.path.dirname(path))

    def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str:
        """Raise UnsupportedError: nothing listens for such a URL."""
        raise UnsupportedError(
            f'bucket "{self.name}" is a folder and has no URLs: S3, Azure Blob and Cloud Storage sign them'
        )

    def unwrap(self, native: type) -> object:
        """Return the folder as a `pathlib.Path`, or this driver."""
        from pathlib import Path

        if issubclass(native, Path):
            return Path(self.folder)
        return self if isinstance(self, native) else None

    def _path(self, key: str) -> str:
        return f"{self.folder}/{storage_paths.to_path(key)}"

    def _stat(self, key: str) -> os.stat_result:
        try:
            return os.stat(self._path(key))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f'bucket "{self.name}" has no "{key}"') from error

    def _writer(self, key: str, attributes: Attributes, condition: Condition | None) -> FileWriter:
        return FileWriter(self, key, attributes, condition)

    def _keys(self, prefix: str) -> Iterator[str]:
        top = storage_paths.folder_path(prefix)
        beginning = f"{prefix.rpartition('/')[0]}/" if top else ""
        waiting = [(f"{self.folder}/{top}" if top else self.folder, beginning)]
        while waiting:
            folder, start = waiting.pop()
            try:
                entries = list(os.scandir(folder))
            except (FileNotFoundError, NotADirectoryError):
                continue  # gone meanwhile, or nothing was ever written
            for entry in entries:
                if entry.name == storage_paths.INSIDE:
                    continue
                is_folder = entry.is_dir()
                name = storage_paths.folder_key(entry.name) if is_folder else storage_paths.file_key(entry.name)
                if name is None:
                    continue
                key = f"{start}{name}"
                if not is_folder:
                    yield key
                elif key.startswith(prefix) or prefix.startswith(key):
                    waiting.append((entry.path, key))

    def _prune(self, folder: str) -> None:
        while folder != self.folder:
            try:
                os.rmdir(folder)
            except OSError:
                return  # not empty
            folder = os.path.dirname(folder)

    def place(self, temporary: str, key: str, attributes: Attributes, condition: Condition | None) -> str:
        """Give a written file its object's place, and return its etag. Raises Conflict when the condition is false."""
        import time

        now = time.time_ns()
        os.utime(temporary, ns=(now, now))  # the kernel's own time stands still for milliseconds: etags need each
        etag = etag_of(os.stat(temporary))
        path = self._path(key)
        with locked(self._inside):
            try:
                known: str | None = etag_of(os.stat(path))
            except (FileNotFoundError, NotADirectoryError):
                known = None
            if condition is not None:
                self._check(key, known, condition)
            self._attributes.write(etag, attributes)
            try:
                os.replace(temporary, path)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(temporary, path)
            if known is not None:
                self._attributes.remove(known)
        return etag

    def _check(self, key: str, known: str | None, condition: Condition) -> None:
        if condition.if_absent and known is not None:
            raise Conflict(f'bucket "{self.name}" has "{key}" already')
        if condition.if_match is not None and known != condition.if_match:
            raise Conflict(f'"{key}" in bucket "{self.name}" has changed: its etag is not {condition.if_match}')

    def temporary(self) -> str:
        """Return a free path on the bucket's own file system for an object that is being written."""
        from secrets import token_hex

        return f"{self._inside}/writing/{token_hex(8)}"


class FileWriter(ObjectWriter):
    """Writes to a file of its own, which takes the object's place at the end."""

    def __init__(self, bucket: FilesBucket, key: str, attributes: Attributes, condition: Condition | None) -> None:
        super().__init__()
        self._bucket = bucket
        self._place = (key, attributes, condition)
        self._path = bucket.temporary()
        try:
            self._file = self._create()
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            self._file = self._create()

    def _create(self) -> FileIO:
        return FileIO(self._path, "xb")

    def _send(self, data: bytes | memoryview) -> None:
        with memoryview(data) as view:
            at = 0
            while at < len(view):
                at += self._file.write(view[at:])

    def _commit(self) -> None:
        self._file.close()
        try:
            self.etag = self._bucket.place(self._path, *self._place)
        except BaseException:
            os.unlink(self._path)
            raise

    def _discard(self) -> None:
        self._file.close()
        os.unlink(self._path)


def _time(found: os.stat_result) -> datetime:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(found.st_mtime, UTC)
