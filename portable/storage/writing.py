"""Binary writers of one object: they store all chunks if the block ends normally, and nothing if it raises.

The writer of a driver subclasses `ObjectWriter` and implements three steps: `_send` (bytes), `_commit`, `_discard`.
"""

from __future__ import annotations

from io import RawIOBase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self


class ObjectWriter(RawIOBase):
    """A binary file to write to. It is not seekable. Leaving the `with` block stores the object.

    If the block raises, nothing is stored. Without a block, `close()` stores the object and `abort()` stores nothing. A
    writer that is dropped without `close()` stores nothing.
    """

    etag: str = ""
    """The etag of the stored object, after `close`."""

    def _send(self, data: bytes | memoryview) -> None:
        raise NotImplementedError

    def _commit(self) -> None:
        raise NotImplementedError

    def _discard(self) -> None:
        raise NotImplementedError

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any, /) -> int:
        """Write all bytes of `data` and return their number."""
        if self.closed:
            raise ValueError("the writer is closed")
        with memoryview(data) as view, view.cast("B") as octets:
            size = octets.nbytes
            if size:
                self._send(octets)
        return size

    def close(self) -> None:
        """Store the object. Closing again does nothing. If it raises, nothing is stored."""
        if self.closed:
            return
        try:
            self._commit()
        finally:
            super().close()

    def abort(self) -> None:
        """Drop the object: nothing is stored. After `close` it does nothing."""
        if self.closed:
            return
        try:
            self._discard()
        finally:
            super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __enter__(self) -> Self:
        return self

    def __del__(self) -> None:
        self.abort()  # RawIOBase would call close, which would store an incomplete object
