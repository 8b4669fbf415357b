"""Running `async def` handlers on a host that calls plainly: a coroutine in, its result out.

One event loop serves the process, in a thread of its own where calls may overlap (`shared`), in the caller's where
they cannot. Loaded only by entries of functions that are `async def`.
"""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeVar

    T = TypeVar("T")
    Run = Callable[[Coroutine[Any, Any, Any]], Any]


def alone() -> Run:
    """Return a runner for a host that makes one call at a time: the loop runs in the calling thread."""
    loop = asyncio.new_event_loop()
    return loop.run_until_complete


def shared() -> Run:
    """Return a runner for a host with several threads: one loop in a daemon thread, started at the first call."""
    import threading

    lock = threading.Lock()
    loops: list[asyncio.AbstractEventLoop] = []

    def loop() -> asyncio.AbstractEventLoop:
        with lock:
            if not loops:
                loops.append(asyncio.new_event_loop())
                threading.Thread(target=loops[0].run_forever, name="portable-async", daemon=True).start()
            return loops[0]

    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, loop()).result()

    return run
