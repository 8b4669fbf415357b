"""A seekable binary file that reads one object of an obstore store in bounded memory.

It reads from one GET as long as possible. A seek ends this GET, and the next read starts another one at the new
position for the same etag.
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
"""How many bytes are read from the connection at once."""


class ObjectReader(RawIOBase):
    """Reads one object as it was when it was opened. Raises Conflict if more bytes are needed and it was replaced."""

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
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position of the next byte."""
        return self._position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Set the position and return it. Nothing is read yet."""
        position = {SEEK_CUR: self._position, SEEK_END: self._size}.get(whence, 0) + offset
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        step = position - self._position
        if 0 <= step <= len(self._chunk):
            self._chunk = self._chunk[step:]
        else:
            self._chunk = memoryview(b"")
            self._stream = None
        self._position = position
        return position

    def readinto(self, buffer: Any, /) -> int:
        """Copy bytes of the next chunk into the buffer and return their number. 0 means the end."""
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
        """Close the connection."""
        self._stream = None
        self._chunk = memoryview(b"")
        super().close()

    def _following(self) -> bytes:
        if self._position >= self._size:
            return b""
        try:
            with Translated(self._bucket, self._key):
                if self._stream is None:
                    options: GetOptions = {"range": {"offset": self._position}}
                    if self._etag is not None:
                        options["if_match"] = self._etag
                    self._stream = self._store.get(self._key, options=options).stream(CHUNK)
                return bytes(next(self._stream, b""))
        except NotFound as error:
            raise Conflict(f'"{self._key}" in bucket "{self._bucket}" was deleted while it was read') from error
