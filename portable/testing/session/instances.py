"""The two instances of an app's functions: each remembers its own module state, and only one of them is in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portable.testing.session.memory import ModuleMemory


class Instances:
    """The instance that runs here, and another one elsewhere. Without a `memory` nothing is exchanged."""

    def __init__(self, memory: ModuleMemory | None = None) -> None:
        self._memory = memory
        self._elsewhere: Any = None  # what the other one remembers; None: it has just begun

    def leave(self) -> Any:
        """Go to the other instance. Return what the one that was left remembers."""
        if self._memory is None:
            return None
        left = self._memory.save()
        self._memory.load(self._elsewhere)
        return left

    def return_to(self, left: Any) -> None:
        """Go back to an instance that was left."""
        if self._memory is not None:
            self._elsewhere = self._memory.save()
            self._memory.load(left)

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Be in the other instance during a `with` block."""
        left = self.leave()
        try:
            yield
        finally:
            self.return_to(left)

    def die(self) -> None:
        """Begin anew here: the process has died."""
        if self._memory is not None:
            self._memory.load(None)
