"""The event loop for hosts that make blocking calls: returns a loop that makes few system calls.

Between two steps asyncio asks the system for finished input and output, even if other steps are waiting. For a handler
that awaits little, these system calls are most of the cost of the loop. This loop runs a few rounds before it asks
again.
"""

from __future__ import annotations

import asyncio
from selectors import DefaultSelector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from selectors import SelectorKey
    from typing import Any

ROUNDS = 8
"""How many rounds of waiting steps run before the loop asks the system."""


class PatientSelector(DefaultSelector):
    """A selector that returns nothing for up to `ROUNDS` calls in a row with a timeout of 0."""

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Return what is ready.

        A timeout of 0 means that steps are waiting; then the result may be delayed by some calls.
        """
        if timeout is not None and timeout <= 0 and self._passed < ROUNDS:
            self._passed += 1
            return []
        self._passed = 0
        return super().select(timeout)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that counts its created tasks in `begun`."""

    def __init__(self) -> None:
        super().__init__(PatientSelector())
        self.begun = 0

    def create_task(self, *arguments: Any, **options: Any) -> Any:
        """Schedule a coroutine and return its task. The arguments are those of asyncio."""
        self.begun += 1
        return super().create_task(*arguments, **options)


def new_loop() -> Loop:
    """Return a new event loop. The caller closes it, or keeps it until the process ends."""
    return Loop()
