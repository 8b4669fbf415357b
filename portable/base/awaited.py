"""Drivers for `async def` handlers: takes a driver with plain methods, returns one whose methods are awaited.

An adapter writes each driver once. The calls of its twin run in threads. A driver that needs another twin, as buckets do,
has a method `awaited()` that returns it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    Run = Callable[..., Awaitable[Any]]

THREADS = 100
"""How many calls of one driver run at the same time, if the driver does not set `threads`."""


class Awaited:
    """The twin of a driver. `run(function, *arguments)` runs each call; it is `Threads.run` or `at_once`."""

    def __init__(self, driver: Any, run: Run) -> None:
        self.driver = driver
        self.run = run

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        driver, run = self.driver, self.run
        getattr(driver, name)  # what is missing is told now

        async def call(*arguments: Any, **named: Any) -> Any:
            method = getattr(driver, name)  # at each call: a driver may lead to another store each time
            if named:  # `run` takes arguments by position only
                return await run(lambda: method(*arguments, **named))
            return await run(method, *arguments)

        setattr(self, name, call)  # the next call does not look for it again
        return call

    def unwrap(self, native: type) -> object:
        """Return the provider's client if it is of type `native`, else None."""
        return self.driver.unwrap(native)


def awaited(driver: Any) -> Any:
    """Return the twin of a driver: its own, if it has one, else one whose calls run in threads."""
    twin = getattr(driver, "awaited", None)
    if twin is not None:
        return twin()
    from portable.base.threads import Threads

    return Awaited(driver, Threads(getattr(driver, "threads", THREADS)).run)


async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the function directly. For drivers that never block."""
    return function(*arguments)
