"""Shows the current step on stderr: a spinner on a terminal, one line per long step elsewhere, or nothing.

The step "" shows nothing until the next one, while something is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Self

PATIENCE = 5.0
"""Seconds after which a step is printed if stderr is not a terminal."""


@contextmanager
def steps(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows a step until the next one; rich is imported when the first step is shown."""
    if quiet:
        yield lambda _text: None
    elif not sys.stderr.isatty():
        with _Lines() as lines:
            yield lines.show
    else:
        with _Spinner() as spinner:
            yield spinner.show


class _Lines:
    """Prints a step only after it has taken a while, so that the log of a quick run is empty."""

    def __init__(self) -> None:
        self._timer: Timer | None = None

    def show(self, text: str) -> None:
        self.__exit__()
        if not text:
            return
        self._timer = Timer(PATIENCE, print, (f"{text} …",), {"file": sys.stderr, "flush": True})
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._timer is not None:
            self._timer.cancel()


class _Spinner:
    def __init__(self) -> None:
        self._stop: Callable[[], None] = lambda: None
        self._update: Callable[[str], None] | None = None

    def show(self, text: str) -> None:
        if not text:
            self._stop()
            self._update, self._stop = None, lambda: None
            return
        if self._update is None:
            from rich.console import Console

            status = Console(stderr=True).status(text)
            status.start()
            self._stop = status.stop
            self._update = status.update
        self._update(f"{text} …")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()
