"""What is being done right now, shown on stderr: a spinner on a terminal, a line per step elsewhere, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self


@contextmanager
def steps(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows a step until the next one; rich is imported when the first step is shown."""
    if quiet:
        yield lambda _text: None
    elif not sys.stderr.isatty():
        yield lambda text: print(f"{text} …", file=sys.stderr, flush=True)  # noqa: T201 - cli/ is what prints
    else:
        with _Spinner() as spinner:
            yield spinner.show


class _Spinner:
    def __init__(self) -> None:
        self._stop: Callable[[], None] = lambda: None
        self._update: Callable[[str], None] | None = None

    def show(self, text: str) -> None:
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
