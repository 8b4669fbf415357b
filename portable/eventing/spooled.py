"""`Spooled`: bytes in a temporary file without a name. It is loaded only for a large file of a form."""

from __future__ import annotations

from errno import EINVAL
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from tempfile import TemporaryFile
from threading import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


class Spooled:
    """Bytes in a temporary file. The system frees it when nothing refers to it, and when the process dies."""

    def __init__(self, content: memoryview) -> None:
        """Write the bytes. Raises OSError if the host has no place for them."""
        self._size = len(content)
        self._lock = Lock()
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - it is closed when nothing refers to it
        written = 0
        while written < self._size:  # an unbuffered file may write less than it is given
            written += self._file.write(content[written:]) or 0

    def __len__(self) -> int:
        return self._size

    def read(self) -> bytes:
        """Return all bytes."""
        with self.open() as file:
            return file.read()

    def open(self) -> BinaryIO:
        """Return a new reader at the beginning. Readers do not move each other, also in different threads."""
        return BufferedReader(_Reader(self))

    def read_into(self, position: int, buffer: memoryview) -> int:
        """Read bytes from a position into a buffer. Return how many there were."""
        with self._lock:
            self._file.seek(position)
            return self._file.readinto(buffer) or 0

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()


class _Reader(RawIOBase):
    """One reader with a position of its own."""

    def __init__(self, spooled: Spooled) -> None:
        self._spooled = spooled
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        start = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: len(self._spooled)}[whence]
        if start + offset < 0:
            raise OSError(EINVAL, "Invalid argument")  # what a file says
        self._position = start + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._spooled.read_into(self._position, buffer)
        self._position += count
        return count
