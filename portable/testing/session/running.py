"""Runs coroutines of `async def` handlers on one event loop, for all threads: takes a coroutine; returns its result.

All of them share the loop, as in a process of a cloud, so an `asyncio.Lock` or a client of a module serves every call.
The first caller runs the loop in its own thread. The coroutine of a later caller from another thread runs there too; this
caller takes over the loop if the first one ends earlier.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any, TypeVar

from portable.compute.lifespan import NAME as LIFESPAN

T = TypeVar("T")


class Runner:
    """One event loop, made at the first coroutine; in a thread of its own while another loop runs here."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = threading.Condition()
        self._driven = False
        self._under_way = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine; what else it started is cancelled when it fails."""
        if asyncio._get_running_loop() is None:
            return self._run(coroutine)
        results: list[T] = []
        errors: list[BaseException] = []

        def elsewhere() -> None:
            try:
                results.append(self._run(coroutine))
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                errors.append(error)

        thread = threading.Thread(target=copy_context().run, args=(elsewhere,), name="portable-kit")
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    def end_lifespans(self) -> None:
        """Shut down the mounted apps: the next request starts them again, as in a new instance."""
        if self._loop is not None and not self._loop.is_running():
            tasks = [task for task in asyncio.all_tasks(self._loop) if task.get_name() == LIFESPAN]
            for task in tasks:
                task.cancel()
            if tasks:
                self._loop.run_until_complete(asyncio.wait(tasks))

    def close(self) -> None:
        """Close the loop, after the shutdown of mounted apps."""
        self.end_lifespans()
        if self._loop is not None and not self._loop.is_running():
            self._loop.close()
            self._loop = None

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        with self._changed:
            loop = self._loop
            if loop is None:
                loop = self._loop = asyncio.new_event_loop()
                loop.set_exception_handler(_say_nothing)
            first, self._driven = not self._driven, True
            self._under_way += 1
        try:
            return self._drive(loop, coroutine) if first else self._join_in(loop, coroutine)
        finally:
            with self._changed:
                self._under_way -= 1

    def _drive(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            return loop.run_until_complete(coroutine)
        except BaseException:
            if self._under_way == 1:  # else the tasks of others would be cancelled with its own
                left = [task for task in asyncio.all_tasks(loop) if task.get_name() != LIFESPAN]
                for task in left:
                    task.cancel()
                if left:
                    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            raise
        finally:
            with self._changed:
                self._driven = False
                self._changed.notify_all()

    def _join_in(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, loop)
        future.add_done_callback(self._tell)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: future.done() or not self._driven)
                if future.done():
                    return future.result()
                self._driven = True
            self._drive(loop, _until(future))

    def _tell(self, future: Future[Any]) -> None:
        with self._changed:
            self._changed.notify_all()


async def _until(future: Future[Any]) -> None:
    """Wait until a future is done, whatever its result."""
    await asyncio.wait([asyncio.wrap_future(future)])


def _say_nothing(loop: asyncio.AbstractEventLoop, details: dict[str, Any]) -> None:
    """Drop what asyncio says of tasks that a simulated crash left behind; the failure itself is recorded."""
