"""The replies of mounted ASGI apps on hosts that send them piece by piece: takes the parts as an app makes them; returns the Response.

Only such a host loads this module. The app runs in a task of its own, and goes on when the part before has been sent. A body
that came in one part is sent whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from portable.base.ending import contained, ends_process, text_of
from portable.eventing.stream_sources import PATIENCE, source_of
from portable.eventing.streaming import Chunks, begun_async

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future, Task
    from collections.abc import AsyncIterator
    from typing import Any

    from portable.compute.mounted_exchange import Exchange
    from portable.eventing.response import Response

_log = logging.getLogger("portable")


async def streamed(app: Any, scope: dict[str, Any], exchange: Exchange, function: str) -> Response:
    """Return the response of an app: whole when it has ended, or as a stream as soon as there is a part and more may follow."""
    parts = Parts()
    exchange.parts = parts
    task = asyncio.create_task(_run(app, scope, exchange))
    task.add_done_callback(lambda _: parts.end())
    try:
        await asyncio.wait((task, parts.begun), return_when=asyncio.FIRST_COMPLETED)
        if not parts.begun.done():
            return _ended(task, exchange, function)
        source = source_of(_pieces(task, exchange, parts, function))
        response = exchange.response(Chunks(source, _length(exchange)))
        return await begun_async(response)  # type: ignore[no-any-return]
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError):  # the call, whose app would be cancelled with it
            task.cancel()
        await _leave(task, parts, exchange)
        raise


def _ended(task: Task[None], exchange: Exchange, function: str) -> Response:
    error = _error(task)
    if error is not None:
        raise exchange.failed(error)
    return exchange.whole(function)


async def _run(app: Any, scope: dict[str, Any], exchange: Exchange) -> None:
    """Run an app. SystemExit, KeyboardInterrupt and the like would end the loop, and not only the task."""
    try:
        await app(scope, exchange.receive, exchange.send)
    except BaseException as error:  # noqa: BLE001 - everything that an app raises fails only this call
        raise contained(error)  # noqa: B904 - its cause is set already
    finally:
        exchange.end()


async def _pieces(task: Task[None], exchange: Exchange, parts: Parts, function: str) -> AsyncIterator[bytes]:
    try:
        while (part := await parts.next()) is not None:
            yield part
        error = _error(task)
        if error is None:
            exchange.whole(function)
        elif not exchange.complete or ends_process(error):
            raise error
        else:  # the client has the whole answer
            _log.error("%s failed: %s", exchange.request, text_of(error), exc_info=error)
    finally:
        await _leave(task, parts, exchange)


async def _leave(task: Task[None], parts: Parts, exchange: Exchange) -> None:
    """Tell an app that nobody wants the rest, and wait for its end; one that goes on all the same is cancelled."""
    parts.leave()
    exchange.end()
    await asyncio.wait((task,), timeout=PATIENCE)
    if not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=PATIENCE)
    if task.done():
        _error(task)


def _error(task: Task[None]) -> BaseException | None:
    """Return what a task raised; asyncio logs what nobody asks for."""
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def _length(exchange: Exchange) -> int | None:
    """Return the length that an app says of its body, None if it says none."""
    found = next((value for name, value in exchange.headers() if name.lower() == "content-length"), "")
    return int(found) if found.isascii() and found.isdigit() else None


class Parts:
    """The parts of one body between an app and its host. `begun` is done when there is a part and more may follow."""

    def __init__(self) -> None:
        self.begun: Future[None] = asyncio.get_running_loop().create_future()
        self.gone = False
        self._held: deque[bytes] = deque()
        self._over = False
        self._there = asyncio.Event()
        self._room = asyncio.Event()

    async def take(self, parts: list[bytes], more: bool) -> None:
        """Take what an app has sent, and wait until the host has sent it. A body of one part is left where it is."""
        if not more and not self.begun.done():
            return
        self._held.extend(parts)
        parts.clear()
        self._room.clear()
        self._there.set()
        if not self.begun.done():
            self.begun.set_result(None)
        await self._room.wait()

    async def next(self) -> bytes | None:
        """Return the next part, None at the end. What was returned before has been sent."""
        while not self._held:
            self._room.set()
            if self._over:
                return None
            self._there.clear()
            await self._there.wait()
        return self._held.popleft()

    def end(self) -> None:
        """Take note that the app has ended."""
        self._over = True
        self._there.set()

    def leave(self) -> None:
        """Take note that nobody wants the rest, and let the app go on."""
        self.gone = True
        self._held.clear()
        self._room.set()
