"""Runs coroutines of `async def` handlers, also while the test itself is a coroutine: a coroutine in, its result out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


class Runner:
    """One event loop, made at the first coroutine; in a thread of its own while another loop runs here."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine; what else it started is cancelled when it fails."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.new_event_loop()
            loop.set_exception_handler(_say_nothing)
        if asyncio._get_running_loop() is None:
            return _run(loop, coroutine)
        results: list[T] = []
        errors: list[BaseException] = []

        def elsewhere() -> None:
            try:
                results.append(_run(loop, coroutine))
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                errors.append(error)

        thread = threading.Thread(target=copy_context().run, args=(elsewhere,), name="portable-kit")
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    def close(self) -> None:
        """Close the loop."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None


def _run(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        return loop.run_until_complete(coroutine)
    except BaseException:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        raise


def _say_nothing(loop: asyncio.AbstractEventLoop, details: dict[str, Any]) -> None:
    """Drop what asyncio says of tasks that a simulated crash left behind; the failure itself is recorded."""
