"""Objects that an `async def` handler reads or writes: each is opened at its first use, and its calls run as the driver's."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import Any, BinaryIO, Self

    from portable.storage.driver import AsyncBucketDriver, Attributes
    from portable.storage.writing import ObjectWriter


class OpenedObject:
    """An object to read from. Use it in `async with`; then `await read(n)`, or iterate over chunks with `async for`."""

    __slots__ = ("_driver", "_key", "_reader")

    def __init__(self, driver: AsyncBucketDriver, key: str) -> None:
        self._driver = driver
        self._key = key
        self._reader: BinaryIO | None = None

    async def _opened(self) -> BinaryIO:
        if self._reader is None:
            self._reader = await self._driver.open(self._key)
        return self._reader

    async def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, or the rest if it is negative. b"" means the end. Raises NotFound, Conflict."""
        return await self._driver.run((await self._opened()).read, size)

    async def seek(self, offset: int, whence: int = 0) -> int:
        """Set the position as files of `io` do, and return it."""
        return await self._driver.run((await self._opened()).seek, offset, whence)

    async def close(self) -> None:
        """Close the connection. Closing again does nothing."""
        if self._reader is not None:
            self._reader.close()

    async def __aenter__(self) -> Self:
        await self._opened()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the rest of the object in chunks of at most 1 MiB."""
        while chunk := await self.read(1024 * 1024):
            yield chunk


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
