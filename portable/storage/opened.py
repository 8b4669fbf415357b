"""`OpenedObject`: an object that an `async def` handler reads. It is opened at its first use."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import BinaryIO, Self

    from portable.storage.driver import AsyncBucketDriver


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
