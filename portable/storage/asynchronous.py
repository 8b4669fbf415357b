"""Makes an `AsyncBucketDriver` from a blocking bucket driver and a function that runs its calls."""

# ruff: noqa: D102 - the methods are documented in `portable.storage.driver`

from __future__ import annotations

from portable.base.awaited import Awaited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any, BinaryIO

    from portable.base.awaited import Run
    from portable.storage.driver import Attributes, BucketDriver
    from portable.storage.objects import ObjectInfo
    from portable.storage.writing import ObjectWriter


class AsyncBucket(Awaited):
    """The twin of a bucket driver. `run(function, *arguments)` runs each call; it is `Threads.run` or `at_once`."""

    async def open(self, key: str) -> FileReader:
        return FileReader(await self._run(self.driver.open, key), self._run)

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], attributes: Attributes) -> ObjectInfo:
        from contextlib import suppress

        from portable.errors import PortableError
        from portable.storage.objects import ObjectInfo

        size = 0
        writer: ObjectWriter = await self._run(self.driver.writer, key, attributes)
        try:
            async for chunk in chunks:
                size += await self._run(writer.write, chunk)
            await self._run(writer.close)
        except BaseException:
            with suppress(PortableError):  # the error of the source counts
                await self._run(writer.abort)
            raise
        return ObjectInfo(key, size, writer.etag, attributes.content_type, attributes.metadata)

    def writer(self, key: str, attributes: Attributes) -> FileWriter:
        return FileWriter(self.driver, key, attributes, self._run)


class FileReader:
    """An async reader of a binary file."""

    def __init__(self, file: BinaryIO, run: Run) -> None:
        self._file = file
        self._run = run

    async def read(self, size: int = -1) -> bytes:
        return await self._run(self._file.read, size)  # type: ignore[no-any-return]

    async def seek(self, offset: int, whence: int = 0) -> int:
        return await self._run(self._file.seek, offset, whence)  # type: ignore[no-any-return]

    async def close(self) -> None:
        self._file.close()


class FileWriter:
    """An async writer around a driver's writer. The driver's writer is made at the first byte or at the end."""

    def __init__(self, driver: BucketDriver, key: str, attributes: Attributes, run: Run) -> None:
        self._make = (driver.writer, key, attributes)
        self._run = run
        self._writer: ObjectWriter | None = None

    async def _ready(self) -> ObjectWriter:
        if self._writer is None:
            self._writer = await self._run(*self._make)
        assert self._writer is not None
        return self._writer

    async def write(self, data: Any) -> int:
        return await self._run((await self._ready()).write, data)  # type: ignore[no-any-return]

    async def close(self) -> None:
        await self._run((await self._ready()).close)

    async def abort(self) -> None:
        if self._writer is not None:
            await self._run(self._writer.abort)
