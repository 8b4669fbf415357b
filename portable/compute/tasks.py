"""Keeps the tasks of handlers from ending a host that awaits its handlers.

asyncio hands SystemExit and KeyboardInterrupt of a task to the loop, and so to the host, even if the handler awaits the
task. `guard` makes the running loop treat them as an error of the task, for tasks that a call has started. This module is
loaded only by entries of `async def` functions on such hosts.
"""

from __future__ import annotations

from portable.base.ending import contained
from portable.base.logs import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any


def guard() -> None:
    """Guard the running loop, if it is not guarded yet."""
    from asyncio import get_running_loop

    loop = get_running_loop()
    factory: Any = loop.get_task_factory()
    if type(factory) is not _Factory:
        loop.set_task_factory(_Factory(factory or _task))


def _task(loop: Any, coroutine: Any, *arguments: Any, **options: Any) -> Any:
    """Return a task as asyncio makes it."""
    from asyncio import Task

    return Task(coroutine, *arguments, loop=loop, **options)


class _Factory:
    """Makes the tasks of a loop. A coroutine that was started by a call is wrapped."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, loop: Any, coroutine: Any, *arguments: Any, **options: Any) -> Any:
        wrapped: Any = coroutine if current.get() is None else _Contained(coroutine)
        return self._make(loop, wrapped, *arguments, **options)


class _Contained:
    """A coroutine that raises an Exception in the place of SystemExit, KeyboardInterrupt or GeneratorExit.

    A GeneratorExit would close each coroutine that waits for the task, up to the host's.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def send(self, value: Any) -> Any:
        """Run to the next wait."""
        return self._step(self._inner.send, value)

    def throw(self, *raised: Any) -> Any:
        """Raise an error where the coroutine waits."""
        return self._step(self._inner.throw, *raised)

    def close(self) -> None:
        """End the coroutine."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        result: Generator[Any, Any, Any] = self._inner.__await__()
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @staticmethod
    def _step(step: Any, *given: Any) -> Any:
        try:
            return step(*given)
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            raise contained(error) from error
