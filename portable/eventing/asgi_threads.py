"""Threads for `def` handlers: a loop hands calls over, and is woken once for all that have ended meanwhile.

A call runs in a copy of the context of who begins it, as with `asyncio.to_thread`: it sees context variables, and leaves none.
`run_in_executor` makes two futures and wakes the loop for each call, which takes longer than a small handler.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import copy_context
from queue import SimpleQueue
from threading import Semaphore, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from typing import Any

    Job = tuple[Context, Callable[[Any], Any], Any, asyncio.Future[Any]]


def threads_of(last: Threads | None, most: int) -> Threads:
    """Return the threads of the running loop: the last ones, or others if these belong to another loop."""
    loop = asyncio.get_running_loop()
    if last is None or last.loop is not loop:
        if last is not None:
            last.close()
        last = Threads(most)
        last.loop = loop
    return last


class Threads:
    """Up to `most` threads, which are started when they are needed. They end with the process."""

    loop: asyncio.AbstractEventLoop | None = None
    """The loop that they belong to, if `threads_of` made them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._started = 0
        self._idle = Semaphore(0)
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ended: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._waking = False

    async def run(self, call: Callable[[Any], Any], argument: Any) -> Any:
        """Return what `call(argument)` returns in a thread. Every call comes from the same loop."""
        return await self.begin(call, argument)

    def begin(self, call: Callable[[Any], Any], argument: Any) -> asyncio.Future[Any]:
        """Call in a thread, as `run` does. Whoever wants to wait no longer gives the future a result."""
        future = asyncio.get_running_loop().create_future()
        self._jobs.put((copy_context(), call, argument, future))
        if not self._idle.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            Thread(target=self._work, args=(future.get_loop(),), name="portable-http", daemon=True).start()
        return future

    def close(self) -> None:
        """End the threads after their calls."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            context, call, argument, future = job
            try:
                self._ended.append((future, context.run(call, argument), None))
            except BaseException as error:  # noqa: BLE001 - it is raised again where the call is awaited
                self._ended.append((future, None, error))
            self._idle.release()
            if not self._waking:
                self._waking = True
                try:
                    loop.call_soon_threadsafe(self._tell)
                except RuntimeError:  # the loop has been closed: nobody waits any more
                    return

    def _tell(self) -> None:
        self._waking = False  # before the look: what ends from now on wakes the loop again
        while self._ended:
            future, result, error = self._ended.popleft()
            if future.done():  # nobody waits any more
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
