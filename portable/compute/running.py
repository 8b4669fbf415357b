"""Runs `async def` handlers on a host that makes blocking calls: takes a coroutine, returns its result.

One event loop serves the process. If calls may overlap (`shared`), it runs in its own thread, else in the caller's
thread. This module is loaded only by entries of `async def` functions.
"""

from __future__ import annotations

import asyncio
import logging
from functools import cache

from portable.compute.loops import new_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeVar

    T = TypeVar("T")
    Run = Callable[[Coroutine[Any, Any, Any]], Any]


def alone() -> Run:
    """Return a runner for a host that makes one call at a time. The loop runs in the calling thread."""
    return _Alone().run


class _Alone:
    """A loop that runs in the calling thread during each call.

    The first step of a call runs at once. If the call ends with it and left the loop nothing to do, the loop does not
    run at all, which takes three quarters of the time. Else the task of the call stops the loop itself, which costs half as much as
    `run_until_complete`. As there, a task that the handler started without awaiting it gets its first step.
    """

    def __init__(self) -> None:
        self._loop = new_loop()
        self._runs = False

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Return the result of a coroutine, or raise what it raised."""
        loop = self._loop
        task = loop.first_step(self._last(coroutine))
        if task.done():
            if loop.is_idle():
                return _result(task.result())
            loop.call_soon(loop.stop)
        self._runs = True
        try:
            loop.run_forever()
            if not task.done():
                raise RuntimeError("the handler stopped the event loop that runs it; remove the call of loop.stop()")  # noqa: TRY301
        except BaseException:  # a task of the handler, or a call of `loop.stop`, ended the loop
            if not task.done():
                task.cancel()
                loop.run_until_complete(task)
            loop.call_soon(loop.stop)  # a stop that is still pending takes effect here, not in the next call
            loop.run_forever()
            raise
        finally:
            self._runs = False
        return _result(task.result())

    async def _last(self, coroutine: Coroutine[Any, Any, T]) -> tuple[T | None, BaseException | None]:
        """Return the result or error of a coroutine, and stop the loop."""
        loop = self._loop
        begun = loop.begun
        outcome = await _ended(coroutine)
        if not self._runs:
            pass
        elif loop.begun == begun:
            loop.stop()
        else:
            loop.call_soon(loop.stop)
        return outcome

    def close(self) -> None:
        """Close the loop. A host never calls it, because it keeps the loop until the process ends."""
        self._loop.close()


@cache
def shared() -> Run:
    """Return the runner for a host with several threads. Its loop runs in a daemon thread, started at the first call.

    All functions of a process have the same one, so an asynchronous client of the app may serve several of them.
    """
    from threading import Thread

    from portable.base.kept import Kept

    kept = Kept()  # a forked process starts its own

    def begun() -> asyncio.AbstractEventLoop:
        loop = new_loop()
        Thread(target=_for_ever, args=[loop], name="portable-async", daemon=True).start()
        return loop

    return on(lambda: kept.get("loop", begun))


def on(loop: Callable[[], asyncio.AbstractEventLoop]) -> Run:
    """Return a runner for threads whose coroutines run on one loop, which runs in another thread."""

    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        return _result(asyncio.run_coroutine_threadsafe(_ended(coroutine), loop()).result())  # type: ignore[no-any-return]

    return run


async def _ended(coroutine: Coroutine[Any, Any, T]) -> tuple[T | None, BaseException | None]:
    """Return the result or error of a coroutine. SystemExit raised in a task would end the loop for all other calls."""
    try:
        return await coroutine, None
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
        return None, error


def _result(outcome: tuple[Any, BaseException | None]) -> Any:
    value, error = outcome
    if error is not None:
        raise error
    return value


def _for_ever(loop: asyncio.AbstractEventLoop) -> None:
    """Run the shared loop for ever, even if a task of a handler raises SystemExit in it."""
    while not loop.is_closed():
        try:
            loop.run_forever()
        except BaseException as error:
            logging.getLogger("portable").exception("a task of a handler raised %s", type(error).__name__)
