"""Binary writers of one object: chunks in, the whole object when the block ends well, nothing at all when it does not.

A driver's writer subclasses `ObjectWriter` and fills three steps: `_send` bytes, `_commit`, `_discard`.
"""

# ruff: noqa: D102 - what the methods promise is said once, in `portable.storage.driver`

from __future__ import annotations

from io import RawIOBase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Protocol, Self

    class AsyncObjectWriter(Protocol):
        """The asynchronous writer of one object; `close` makes it appear, `abort` leaves nothing."""

        async def write(self, data: Any) -> int: ...
        async def close(self) -> None: ...
        async def abort(self) -> None: ...


class ObjectWriter(RawIOBase):
    """A binary file to write to, not seekable. Leaving the block stores the object; an exception in it stores nothing.

    Without a block, `close()` stores and `abort()` does not; a writer that is dropped unclosed stores nothing.
    """

    etag: str = ""
    """The stored object's etag, once it is closed."""

    def _send(self, data: bytes | memoryview) -> None:
        raise NotImplementedError

    def _commit(self) -> None:
        raise NotImplementedError

    def _discard(self) -> None:
        raise NotImplementedError

    def writable(self) -> bool:
        """Return True: this is a file to write to."""
        return True

    def write(self, data: Any, /) -> int:
        """Take all bytes of `data` and return how many those were."""
        if self.closed:
            raise ValueError("the writer is closed")
        with memoryview(data) as view, view.cast("B") as octets:
            size = octets.nbytes
            if size:
                self._send(octets)
        return size

    def close(self) -> None:
        """Store the object. Closing again does nothing. Raises what storing raises; then nothing is stored."""
        if self.closed:
            return
        try:
            self._commit()
        finally:
            super().close()

    def abort(self) -> None:
        """Store nothing. After `close` it does nothing."""
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
        self.abort()  # RawIOBase would close, and so store half an object


class AsyncWriter:
    """What `writer` of an async client returns: `async with` it and await its `write`."""

    __slots__ = ("_inner", "closed")

    def __init__(self, inner: AsyncObjectWriter) -> None:
        self._inner = inner
        self.closed = False

    async def write(self, data: Any) -> int:
        """Take all bytes of `data` and return how many those were."""
        if self.closed:
            raise ValueError("the writer is closed")
        return await self._inner.write(data)

    async def close(self) -> None:
        """Store the object. Closing again does nothing."""
        if not self.closed:
            self.closed = True
            await self._inner.close()

    async def abort(self) -> None:
        """Store nothing. After `close` it does nothing."""
        if not self.closed:
            self.closed = True
            await self._inner.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.close()
        else:
            await self.abort()
