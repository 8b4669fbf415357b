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
        self._left: dict[object, Any] = {}  # what the instance remembers in which somebody rests

    def leave(self, who: object) -> None:
        """Go to the other instance, while `who` rests in this one."""
        if self._memory is not None:
            self._left[who] = self._memory.save()
            self._memory.load(self._elsewhere)

    def return_to(self, who: object) -> None:
        """Go back to the instance that was left when `who` began to rest, if it was left."""
        if self._memory is not None and who in self._left:
            self._elsewhere = self._memory.save()
            self._memory.load(self._left.pop(who))

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Be in the other instance during a `with` block."""
        here = object()
        self.leave(here)
        try:
            yield
        finally:
            self.return_to(here)

    def die(self) -> None:
        """Begin anew here: the process has died."""
        if self._memory is not None:
            self._memory.load(None)
