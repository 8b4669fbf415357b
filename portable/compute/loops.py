"""The event loop for hosts that make blocking calls: returns a loop that makes few system calls.

Between two steps asyncio asks the system for finished input and output, even if other steps are waiting. For a handler
that awaits little, these system calls are most of the cost of the loop. This loop runs a few rounds before it asks
again, and it can run the first step of a task at once.
"""

from __future__ import annotations

import asyncio
import sys
from selectors import DefaultSelector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextvars import Context
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
    """An event loop that counts its created tasks in `begun`, and that runs the first step of a task at once."""

    _ready: Any
    _scheduled: Any
    _stopping: bool
    # asyncio has no public way to ask whether a loop has something to do
    _taken: list[Any] | None = None
    _at_once = False

    def __init__(self) -> None:
        selector = PatientSelector()
        super().__init__(selector)
        self.begun = 0
        self._files = selector.get_map()
        self._own_files = len(self._files)

    def create_task(self, *arguments: Any, **options: Any) -> Any:
        """Schedule a coroutine and return its task. The arguments are those of asyncio."""
        self.begun += 1
        return super().create_task(*arguments, **options)

    def first_step(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Return a task that has run to its first wait, or to its end. The loop must not be running."""
        taken: list[Any] = []
        self._taken = taken
        try:
            task = asyncio.Task(coroutine, loop=self)
        finally:
            self._taken = None
        ((step, context),) = taken
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(self._asyncgen_firstiter_hook, self._asyncgen_finalizer_hook)  # type: ignore[attr-defined]
        asyncio._set_running_loop(self)
        self._at_once = True
        try:
            context.run(step)
        finally:
            self._at_once = False
            asyncio._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)
        return task

    def call_soon(self, callback: Any, *arguments: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        """Schedule a callback. The arguments are those of asyncio."""
        if self._taken is not None:  # the first step of a task that `first_step` makes
            self._taken.append((callback, context))
            return None
        return super().call_soon(callback, *arguments, context=context)

    def is_running(self) -> bool:
        """Return whether the loop runs."""
        return self._at_once or super().is_running()

    def is_idle(self) -> bool:
        """Return whether there is nothing to do: no step or timer, no open file or socket, no call of `stop`."""
        return not (self._ready or self._scheduled or self._stopping) and len(self._files) == self._own_files


def new_loop() -> Loop:
    """Return a new event loop. The caller closes it, or keeps it until the process ends."""
    return Loop()
