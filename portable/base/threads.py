"""Threads for SDKs that only block: a blocking call in, something to await out; many of them wait at the same time."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor
    from typing import TypeVar

    T = TypeVar("T")


class Threads:
    """Up to `limit` threads, started when they are first needed, and anew after a fork. Safe from any event loop.

    asyncio's own pool has `cpu count + 4` threads: 6 on a small instance, where 100 reads in flight would queue.
    """

    def __init__(self, limit: int = 100) -> None:
        self.limit = limit
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Return what `function(*arguments)` returns, called in a thread with the caller's context variables."""
        from asyncio import get_running_loop
        from contextvars import copy_context

        context = copy_context()

        def call() -> T:
            return context.run(function, *arguments)

        return await get_running_loop().run_in_executor(self._ready(), call)

    def close(self) -> None:
        """Let the threads end when their calls are done."""
        pool, self._pool = self._pool, None
        if pool is not None and self._process == os.getpid():
            pool.shutdown(wait=False)

    def _ready(self) -> ThreadPoolExecutor:
        pool = self._pool
        if pool is None or self._process != os.getpid():
            from concurrent.futures import ThreadPoolExecutor

            pool = self._pool = ThreadPoolExecutor(self.limit, thread_name_prefix="portable")
            self._process = os.getpid()
        return pool
