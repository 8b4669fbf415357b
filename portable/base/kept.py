"""Values that a process makes once: takes a key and a function that makes the value; returns the same value each time.

SDK clients and gRPC channels do not work after a fork, so a child process makes its own.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any


class Kept:
    """Values by key. Each is made at its first use. It is safe to use from several threads at once."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        from threading import RLock

        self._process = os.getpid()
        self._lock = RLock()
        self._made: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the value of a key. `make()` makes it at the first use; if it raises, the next call makes it again."""
        if self._process != os.getpid():
            self._start()
        found = self._made.get(key)
        if found is None:
            with self._lock:
                found = self._made.get(key)
                if found is None:
                    found = self._made[key] = make()
        return found
