"""Threads for SDKs that have only blocking calls: takes a blocking call, returns an awaitable."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor
    from typing import TypeVar

    T = TypeVar("T")


class Threads:
    """Up to `limit` threads. They start when needed, and again after a fork. Any event loop may use them.

    The default pool of asyncio has `cpu count + 4` threads. On a small instance these are 6, and 100 reads at once
    would wait for each other.
    """

    def __init__(self, limit: int = 100) -> None:
        self.limit = limit
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Call `function(*arguments)` in a thread with the caller's context variables. Return its result."""
        from asyncio import get_running_loop
        from contextvars import copy_context

        context = copy_context()

        def call() -> T:
            return context.run(function, *arguments)

        return await get_running_loop().run_in_executor(self._ready(), call)

    def close(self) -> None:
        """End the threads after their current calls."""
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
