"""Waiting for what a server does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(ask: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 30) -> Any:
    """Return what `ask` returns as soon as it is good, or the last of it when the time is up."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if good(found) or time.monotonic() > end:
            return found
        time.sleep(0.2)
