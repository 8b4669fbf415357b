"""What is made once in a process and kept: a key and how to make its value in, the same value for every thread out.

SDK clients and gRPC channels must not be carried over a fork: a child process makes its own.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any


class Kept:
    """Values by key, each made at its first use. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        from threading import RLock

        self._process = os.getpid()
        self._lock = RLock()
        self._made: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the value of a key, made by `make()` when there is none. What it raises is not kept."""
        if self._process != os.getpid():
            self._start()
        found = self._made.get(key)
        if found is None:
            with self._lock:
                found = self._made.get(key)
                if found is None:
                    found = self._made[key] = make()
        return found
