"""The twin of a bucket driver, for `async def` handlers: it can take what it stores from an async iterator."""

from __future__ import annotations

from portable.base.awaited import Awaited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncIterator
    from concurrent.futures import Future

    from portable.storage.driver import Attributes
    from portable.storage.objects import ObjectInfo


class AsyncBucket(Awaited):
    """The twin of a driver whose calls run in threads."""

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], attributes: Attributes) -> ObjectInfo:
        """Store chunks in bounded memory. A stream has a thread of its own, because its source may need one of the others."""
        from asyncio import get_running_loop

        from portable.base.threads import Threads

        pulled, thread = _Pulled(chunks, get_running_loop()), Threads(1)
        try:
            return await thread.run(self.driver.put_stream, key, pulled, attributes)
        finally:
            pulled.stop()
            thread.close()


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
