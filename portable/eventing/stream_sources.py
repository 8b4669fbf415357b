"""What the chunks of a streamed response come from: an iterator, or an async iterator. Either is read by any host.

The code of the handler runs in the context of its call, so its log lines and its clients know the call.
"""

from __future__ import annotations

from _contextvars import copy_context

from portable.base.ending import contained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Queue, Task
    from collections.abc import AsyncIterable, Coroutine, Iterable
    from typing import Any, Protocol, TypeVar

    T = TypeVar("T")
    Chunk = bytes | bytearray | memoryview | str
    Pieces = Iterable[Chunk] | AsyncIterable[Chunk]

    class Source(Protocol):
        """Gives chunks until None. `close` and `aclose` may be called at any time, and more than once."""

        def next(self) -> bytes | None: ...  # noqa: D102
        async def anext(self) -> bytes | None: ...  # noqa: D102
        def close(self) -> None: ...  # noqa: D102
        async def aclose(self) -> None: ...  # noqa: D102
        def wait(self, found: Any) -> Any:
            """Return what is found, or the result of what is awaited."""
            ...


PATIENCE = 5.0
"""Seconds to wait for an async iterator that does not end although it is told to."""


def source_of(chunks: Pieces) -> Source:
    """Return the source of an iterable. Raises TypeError for anything else, and for text or bytes as a whole."""
    given: Any = chunks
    if hasattr(chunks, "__aiter__"):
        return AwaitedSource(given)
    if isinstance(chunks, (str, bytes, bytearray, memoryview, dict)) or not hasattr(chunks, "__iter__"):
        raise TypeError(
            f"a stream takes an iterator of bytes or text, not {type(chunks).__name__}. Use Response(…) for a whole body"
        )
    return PlainSource(given)


def as_bytes(chunk: Any) -> bytes:
    """Return a chunk as bytes; text in UTF-8. Raises TypeError for anything else."""
    if isinstance(chunk, bytes):
        return chunk
    if isinstance(chunk, str):
        return chunk.encode()
    if isinstance(chunk, (bytearray, memoryview)):
        return bytes(chunk)
    raise TypeError(f"a chunk of a stream must be bytes or text, not {type(chunk).__name__}")


class PlainSource:
    """Chunks of an iterator. On an event loop they are read in a thread of their own."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks = iter(chunks)
        self._context = copy_context()
        self._threads: Any = None
        self._loop = _running_loop()

    def next(self) -> bytes | None:
        """Return the next chunk that is not empty."""
        return self._context.run(self._pull)

    async def anext(self) -> bytes | None:
        """Return the next chunk, which is read in a thread."""
        if self._threads is None:
            from portable.base.threads import Threads

            self._threads = Threads(1)
        return await self._threads.run(self.next)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close the iterator if it is a generator."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            self._context.run(close)

    async def aclose(self) -> None:
        """Close the iterator after the read that may still run."""
        threads = self._threads
        if threads is None:
            self.close()
        else:
            await threads.run(self.close)
            threads.close()

    def wait(self, found: Any) -> Any:
        """Return what is found, or the result of what is awaited."""
        return waited(self._loop, found) if hasattr(found, "__await__") else found

    def _pull(self) -> bytes | None:
        try:
            for chunk in self._chunks:
                found = as_bytes(chunk)
                if found:
                    return found
        except BaseException as error:  # noqa: BLE001 - SystemExit would end the host
            raise contained(error)  # noqa: B904 - its cause is set already
        return None


class AwaitedSource:
    """Chunks of an async iterator. One task of the handler's loop reads them, because time limits belong to a task."""

    def __init__(self, chunks: AsyncIterable[Chunk]) -> None:
        loop = _running_loop()
        if loop is None:
            raise TypeError("a stream of an async iterator needs an `async def` handler, because only this has a loop")
        self._chunks = aiter(chunks)
        self._loop = loop
        self._context = copy_context()
        self._task: Task[None] | None = None
        self._asked: Queue[Future[bytes | None]] | None = None

    def next(self) -> bytes | None:
        """Return the next chunk, in a thread that does not run the loop."""
        return waited(self._loop, self.anext())

    async def anext(self) -> bytes | None:
        """Return the next chunk that is not empty."""
        if self._task is not None and self._task.done():
            return None
        if self._asked is None:
            from asyncio import Queue

            self._asked = Queue()
            self._task = self._context.run(self._loop.create_task, self._read(self._asked))
        wanted: Future[bytes | None] = self._loop.create_future()
        self._asked.put_nowait(wanted)
        return await wanted

    def close(self) -> None:
        """Close the iterator."""
        if self._loop.is_closed():
            return
        if _running_loop() is self._loop:  # the loop goes on, so it can do it
            self._closing = self._loop.create_task(self.aclose())
        else:
            waited(self._loop, self.aclose())

    async def aclose(self) -> None:
        """Cancel what is read, and close the iterator."""
        from asyncio import wait

        if self._task is None:
            await _aclose(self._chunks)
        elif not self._task.done():
            self._task.cancel()
            await wait([self._task], timeout=PATIENCE)

    def wait(self, found: Any) -> Any:
        """Return what is found, or the result of what is awaited."""
        return waited(self._loop, found) if hasattr(found, "__await__") else found

    async def _read(self, asked: Queue[Future[bytes | None]]) -> None:
        try:
            while True:
                wanted = await asked.get()
                try:
                    chunk = await self._pull()
                except BaseException as error:  # noqa: BLE001 - it is raised where the chunk was asked for
                    if not wanted.done():
                        wanted.set_exception(contained(error))
                    return
                if not wanted.done():
                    wanted.set_result(chunk)
                if chunk is None:
                    return
        finally:
            await _aclose(self._chunks)

    async def _pull(self) -> bytes | None:
        async for chunk in self._chunks:
            found = as_bytes(chunk)
            if found:
                return found
        return None


async def _aclose(chunks: Any) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


def waited(loop: AbstractEventLoop | None, coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that runs on a loop: this thread runs the loop unless another one does."""
    from asyncio import run_coroutine_threadsafe

    if loop is None or loop.is_closed():
        coroutine.close()
        raise RuntimeError("the event loop of the handler has ended, so its stream cannot go on")
    here = _running_loop()
    if here is loop:
        coroutine.close()
        raise RuntimeError("this stream is awaited: read its chunks with `async for`")
    if loop.is_running():
        return run_coroutine_threadsafe(coroutine, loop).result()
    if here is None:
        return loop.run_until_complete(coroutine)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as elsewhere:  # another loop runs in this thread, such as that of a test
        return elsewhere.submit(loop.run_until_complete, coroutine).result()


def _running_loop() -> AbstractEventLoop | None:
    """Return the loop that runs in this thread. asyncio is not imported: without it, none runs."""
    import sys

    asyncio: Any = sys.modules.get("asyncio")
    return None if asyncio is None else asyncio._get_running_loop()
