"""The async twin of the driver over obstore: its calls run in threads, and a stream is pulled from the event loop."""

from __future__ import annotations

from portable.storage.asynchronous import AsyncBucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncIterator
    from concurrent.futures import Future

    from portable.storage.driver import Attributes
    from portable.storage.objects import ObjectInfo


class AsyncObstoreBucket(AsyncBucket):
    """The twin of an `ObstoreBucket`."""

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], attributes: Attributes) -> ObjectInfo:
        """Store chunks in bounded memory. A writer of obstore would not tell the etag."""
        from asyncio import get_running_loop

        pulled = _Pulled(chunks, get_running_loop())
        try:
            return await self._run(self.driver.put_stream, key, pulled, attributes)  # type: ignore[no-any-return]
        finally:
            pulled.stop()


class _Pulled:
    """An iterator for a thread. Each chunk comes from an async iterator of a loop in another thread."""

    def __init__(self, chunks: AsyncIterator[bytes], loop: AbstractEventLoop) -> None:
        self._chunks = chunks
        self._loop = loop
        self._awaited: Future[bytes] | None = None
        self._stopped = False

    def __iter__(self) -> _Pulled:
        return self

    def __next__(self) -> bytes:
        from asyncio import CancelledError, run_coroutine_threadsafe

        if self._stopped:
            raise CancelledError
        self._awaited = run_coroutine_threadsafe(self._following(), self._loop)
        if chunk := self._awaited.result():
            return chunk
        raise StopIteration

    def stop(self) -> None:
        """Give no further chunk: the call was cancelled, or is done."""
        self._stopped = True
        if self._awaited is not None:
            self._awaited.cancel()

    async def _following(self) -> bytes:
        return await anext(self._chunks, b"")
