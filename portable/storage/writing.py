"""Binary writers of one object: they store all chunks if the block ends normally, and nothing if it raises.

The writer of a driver subclasses `ObjectWriter` and implements three steps: `_send` (bytes), `_commit`, `_discard`.
"""

from __future__ import annotations

from io import RawIOBase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self

    from portable.storage.driver import AsyncBucketDriver, Attributes


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


class AsyncWriter:
    """The writer of an async client. Use it in `async with` and await its `write`."""

    __slots__ = ("_attributes", "_driver", "_inner", "_key", "closed")

    def __init__(self, driver: AsyncBucketDriver, key: str, attributes: Attributes) -> None:
        self._driver = driver
        self._key = key
        self._attributes = attributes
        self._inner: ObjectWriter | None = None
        self.closed = False

    async def _opened(self) -> ObjectWriter:
        if self._inner is None:
            self._inner = await self._driver.writer(self._key, self._attributes)
        return self._inner

    async def write(self, data: Any) -> int:
        """Write all bytes of `data` and return their number."""
        if self.closed:
            raise ValueError("the writer is closed")
        return await self._driver.run((await self._opened()).write, data)

    async def close(self) -> None:
        """Store the object. Closing again does nothing."""
        if not self.closed:
            self.closed = True
            await self._driver.run((await self._opened()).close)

    async def abort(self) -> None:
        """Drop the object: nothing is stored. After `close` it does nothing."""
        if not self.closed:
            self.closed = True
            if self._inner is not None:
                await self._driver.run(self._inner.abort)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.close()
        else:
            await self.abort()
