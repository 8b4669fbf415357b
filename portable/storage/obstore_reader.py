"""A seekable binary file over one object: an obstore store and a key in, bytes out in bounded memory.

One GET is read on and on; going elsewhere ends it and begins another at that place, for the same etag.
"""

from __future__ import annotations

from io import SEEK_CUR, SEEK_END, RawIOBase

from portable.errors import Conflict, NotFound
from portable.storage.obstore_errors import Translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from obstore import GetOptions
    from obstore.store import ObjectStore

CHUNK = 1024 * 1024
"""Bytes that are taken from the connection at once."""


def target(position: int, size: int, offset: int, whence: int) -> int:
    """Return the place that `seek` means. Raises ValueError for one before the beginning."""
    base = {SEEK_CUR: position, SEEK_END: size}.get(whence, 0)
    if base + offset < 0:
        raise ValueError(f"negative seek position {base + offset}")
    return base + offset


def resume(position: int, etag: str | None) -> GetOptions:
    """Return the options of a GET that goes on at a place in the same object."""
    options: GetOptions = {"range": {"offset": position}}
    if etag is not None:
        options["if_match"] = etag
    return options


class ObjectReader(RawIOBase):
    """Reads one object as it was when it was opened. Raises Conflict when that is needed and not there any more."""

    def __init__(self, store: ObjectStore, bucket: str, key: str) -> None:
        super().__init__()
        self._store = store
        self._bucket = bucket
        self._key = key
        self._position = 0
        self._chunk = memoryview(b"")
        with Translated(bucket, key):
            result = store.get(key)
            self._size = result.meta["size"]
            self._etag = result.meta["e_tag"]
            self._stream: Iterator[bytes] | None = result.stream(CHUNK)

    def readable(self) -> bool:
        """Return True: this is a file to read."""
        return True

    def seekable(self) -> bool:
        """Return True: any place of the object can be read."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place and return it; nothing is fetched yet."""
        position = target(self._position, self._size, offset, whence)
        step = position - self._position
        if 0 <= step <= len(self._chunk):
            self._chunk = self._chunk[step:]
        else:
            self._chunk = memoryview(b"")
            self._stream = None
        self._position = position
        return position

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as the next chunk reaches and return how many bytes those are; 0 at the end."""
        if not self._chunk:
            self._chunk = memoryview(self._following())
        with memoryview(buffer).cast("B") as room:
            count = min(len(room), len(self._chunk))
            room[:count] = self._chunk[:count]
        self._chunk = self._chunk[count:]
        self._position += count
        return count

    def readall(self) -> bytes:
        """Return the rest of the object."""
        parts = [bytes(self._chunk)]
        self._position += len(self._chunk)
        self._chunk = memoryview(b"")
        while part := self._following():
            parts.append(part)
            self._position += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Give the connection back."""
        self._stream = None
        self._chunk = memoryview(b"")
        super().close()

    def _following(self) -> bytes:
        if self._position >= self._size:
            return b""
        try:
            with Translated(self._bucket, self._key):
                if self._stream is None:
                    options = resume(self._position, self._etag)
                    self._stream = self._store.get(self._key, options=options).stream(CHUNK)
                return bytes(next(self._stream, b""))
        except NotFound as error:
            raise Conflict(f'"{self._key}" in bucket "{self._bucket}" was deleted while it was read') from error
