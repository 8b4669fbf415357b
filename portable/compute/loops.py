"""The event loop of hosts that call plainly: nothing in, a loop out that seldom asks the system in vain.

Between any two steps asyncio asks the system for finished input and output, although steps are waiting. For a handler
that awaits little, these system calls are most of what the loop costs. Here a few rounds may pass before it asks again.
"""

from __future__ import annotations

import asyncio
from selectors import DefaultSelector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from selectors import SelectorKey
    from typing import Any

ROUNDS = 8
"""Rounds of waiting steps that pass before the system is asked."""


class PatientSelector(DefaultSelector):
    """A selector that answers a question without a wait by "nothing", `ROUNDS` times in a row."""

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Return what is ready; with a timeout of 0, which says that steps are waiting, maybe only the next time."""
        if timeout is not None and timeout <= 0 and self._passed < ROUNDS:
            self._passed += 1
            return []
        self._passed = 0
        return super().select(timeout)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that counts the tasks it was given: `begun`."""

    def __init__(self) -> None:
        super().__init__(PatientSelector())
        self.begun = 0

    def create_task(self, *arguments: Any, **options: Any) -> Any:
        """Return the task of a coroutine, scheduled; arguments as asyncio has them."""
        self.begun += 1
        return super().create_task(*arguments, **options)


def new_loop() -> Loop:
    """Return a new event loop, which the caller closes or keeps until the process ends."""
    return Loop()
