"""The body of a response that is sent in chunks: takes an iterator; gives its chunks to a host, one by one.

Only a handler that streams loads this module. The first chunk is asked for before the reply begins, so an error until
then is a normal error. A host that cannot stream gets all chunks at once, up to its limit.
"""

from __future__ import annotations

import logging

from portable.base.logs import current
from portable.errors import HTTPError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.stream_sources import Pieces, Source

_log = logging.getLogger("portable")
_NOTHING = ()


class Chunks:
    """The chunks of one response, each as bytes and none of them empty. They can be read once.

    Iterate with `for` in a thread, or with `async for` on an event loop. Call `close`, or await `aclose`, when nobody
    wants the rest. `size` is the number of bytes if it is known; a source with another number of bytes is an error.
    `instead` returns the response for a host that can neither stream nor send so many bytes (an awaitable of it in an
    `async def` handler), or is None.
    """

    __slots__ = ("_begun", "_count", "_ended", "_held", "_listeners", "_source", "instead", "largest", "size")

    def __init__(
        self,
        source: Source,
        size: int | None = None,
        instead: Callable[[], Any] | None = None,
        largest: int | None = None,
    ) -> None:
        """`largest` is the number of bytes above which `instead` is used on every host."""
        self._source = source
        self.size = size
        self.instead = instead
        self.largest = largest
        self._held: tuple[bytes, ...] = _NOTHING
        self._begun = False
        self._ended = False
        self._count = 0
        self._listeners: list[tuple[Callable[[bytes], object] | None, Callable[[BaseException | None], object]]] = []

    def listen(
        self, ended: Callable[[BaseException | None], object], chunk: Callable[[bytes], object] | None = None
    ) -> None:
        """Call `ended` once at the end, with the error of the source or None, and `chunk` for each chunk that is read."""
        self._listeners.append((chunk, ended))

    def begin(self) -> None:
        """Read the first chunk, so that an error of it is raised here."""
        first = self._pull()
        self._begun = True
        self._held = _NOTHING if first is None else (first,)

    async def begin_async(self) -> None:
        """`begin` on an event loop."""
        first = await self._pull_async()
        self._begun = True
        self._held = _NOTHING if first is None else (first,)

    def gather(self, limit: int) -> bytes:
        """Return all bytes. Raises HTTPError (500) if they are more than `limit`."""
        parts, room = [], limit - self._refuse(limit)
        try:
            while (chunk := self._next()) is not None:
                parts.append(chunk)
                room -= len(chunk)
                if room < 0:
                    raise too_large(limit)
        finally:
            self.close()
        return b"".join(parts)

    async def gather_async(self, limit: int) -> bytes:
        """`gather` on an event loop."""
        parts, room = [], limit - self._refuse(limit)
        try:
            while (chunk := await self._next_async()) is not None:
                parts.append(chunk)
                room -= len(chunk)
                if room < 0:
                    raise too_large(limit)
        finally:
            await self.aclose()
        return b"".join(parts)

    def exceeds(self, limit: int | None) -> bool:
        """Return whether there is another response that must be sent in the place of so many bytes. None: no limit."""
        if self.instead is None or self.size is None:
            return False
        return any(most is not None and self.size > most for most in (limit, self.largest))

    def another(self) -> Any:
        """Return the response to send instead."""
        assert self.instead is not None
        return self._source.wait(self.instead())

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes:
        chunk = self._next()
        if chunk is None:
            raise StopIteration
        return chunk

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._next_async()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def close(self) -> None:
        """Close the source: a generator runs its `finally` blocks. Closing again does nothing."""
        if not self._ended:
            self._ended = True
            try:
                self._source.close()
            finally:
                self._tell(None)

    async def aclose(self) -> None:
        """`close` on an event loop."""
        if not self._ended:
            self._ended = True
            try:
                await self._source.aclose()
            finally:
                self._tell(None)

    def _next(self) -> bytes | None:
        return self._given(self._first() if self._held else self._pull())

    async def _next_async(self) -> bytes | None:
        return self._given(self._first() if self._held else await self._pull_async())

    def _pull(self) -> bytes | None:
        if self._ended:
            return None
        try:
            return self._seen(self._source.next())
        except BaseException as error:
            self._fail(error)
            self._source.close()
            raise

    async def _pull_async(self) -> bytes | None:
        if self._ended:
            return None
        try:
            return self._seen(await self._source.anext())
        except BaseException as error:
            self._fail(error)
            await self._source.aclose()
            raise

    def _first(self) -> bytes:
        (chunk,) = self._held
        self._held = _NOTHING
        return chunk

    def _seen(self, chunk: bytes | None) -> bytes | None:
        """Take note of what the source gave. None is its end."""
        if chunk is not None:
            self._count += len(chunk)
        if self.size is not None and (self._count > self.size or (chunk is None and self._count < self.size)):
            raise RuntimeError(f"the body was declared to have {self.size} bytes, but its chunks have {self._count}")
        if chunk is None:
            self._end(None)
        return chunk

    def _given(self, chunk: bytes | None) -> bytes | None:
        if chunk is not None:
            for listen, _ in self._listeners:
                if listen is not None:
                    listen(chunk)
        return chunk

    def _fail(self, error: BaseException) -> None:
        """Take note of an error. Only the log can tell of one that comes after the reply has begun."""
        left = type(error).__name__ == "CancelledError"  # the client has gone
        if self._begun and not self._ended and not left:
            _log.error("a response failed after it had begun, so its client gets a part of it", exc_info=error)
        self._end(None if left else error)

    def _end(self, error: BaseException | None) -> None:
        ended, self._ended = self._ended, True
        if not ended:
            self._tell(error)

    def _tell(self, error: BaseException | None) -> None:
        self._held = _NOTHING
        for _, tell in self._listeners:
            tell(error)

    def _refuse(self, limit: int) -> int:
        """Return 0. Raises HTTPError if the size is known to be above the limit."""
        if self.size is not None and self.size > limit:
            self.close()
            raise too_large(limit)
        return 0


def too_large(limit: int) -> HTTPError:
    """Return the error for a response that the host cannot send."""
    return HTTPError(500, f"the response is larger than the limit of {limit} bytes")


def chunks_of(chunks: Pieces) -> Chunks:
    """Return the chunks of an iterable. Raises TypeError for anything else."""
    from portable.eventing.stream_sources import source_of

    return Chunks(source_of(chunks))


def begun(response: Any, awaited: bool = False) -> Any:
    """Return a streamed response that can be sent: its first chunk is there, or all of them on a host that cannot stream.

    On a host that awaits (`awaited`) it has not begun: its `_made` is ().
    """
    if awaited:
        response._made = ()
        return response
    chunks: Any = response._content
    limit = _limit()
    if chunks.exceeds(limit):
        chunks.close()
        return chunks.another()
    if limit is not None:
        return whole(response, limit)
    chunks.begin()
    response._made = None
    return response


def whole(response: Any, limit: int) -> Any:
    """Return a streamed response with its whole body. Raises HTTPError (500) if it is larger than the limit."""
    chunks: Any = response._content
    response._content = chunks.gather(limit)
    response._made = None
    return response


async def whole_async(response: Any, limit: int) -> Any:
    """`whole` on an event loop."""
    chunks: Any = response._content
    response._content = await chunks.gather_async(limit)
    response._made = None
    return response


async def begun_async(response: Any) -> Any:
    """`begun` for a host that awaits."""
    chunks: Any = response._content
    limit = _limit()
    if chunks.exceeds(limit):
        await chunks.aclose()
        other = chunks.instead()
        return await other if hasattr(other, "__await__") else other
    if limit is not None:
        return await whole_async(response, limit)
    await chunks.begin_async()
    response._made = None
    return response


def _limit() -> int | None:
    """Return how many bytes the host of this call takes at once, None for a host that streams."""
    context = current.get()
    return None if context is None or context._streams else context._largest
