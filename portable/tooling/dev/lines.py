"""What a serving process prints: one line an event, in colour, and the user's own traceback below the line of a failure."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import TextIO

from portable.tooling.dev.journal.model import Details

RESET, DIM, BOLD, RED, GREEN, YELLOW, CYAN = (
    "\x1b[0m",
    "\x1b[2m",
    "\x1b[1m",
    "\x1b[31m",
    "\x1b[32m",
    "\x1b[33m",
    "\x1b[36m",
)
_OUTCOMES = {"done": GREEN, "failed": RED, "dead": RED, "dropped": RED, "running": DIM}
_LEVELS = {"WARNING": YELLOW, "ERROR": RED, "CRITICAL": RED}

FAILED = 64
"""How many calls that have failed are known, the last ones."""
QUARTER = 15 * 60
"""Seconds; every offset of a time zone is a number of them."""


@lru_cache(maxsize=2)
def _day(quarter: int) -> str:
    """Return the day of a quarter of an hour since the epoch: a new one begins in no other moment."""
    return time.strftime("%a %Y-%m-%d", time.localtime(quarter * QUARTER))


class Lines:
    """Writes lines to a stream: times, and the date when a day begins. The supervisor, which reads it, hides secrets."""

    def __init__(self, stream: TextIO, color: bool) -> None:
        self._stream = stream
        self._color = color
        self._lock = Lock()
        self._day = _day(int(time.time()) // QUARTER)
        self._failed: deque[str] = deque(maxlen=FAILED)
        """The ids of calls whose errors were written. One that is given up then has a second line, and the same error."""
        self._begin = lru_cache(maxsize=64)(self._begun)

    def ended(self, found: Iterable[Details]) -> None:
        """Write the lines of invocations that have ended."""
        lines = [part for details in found if details.outcome != "running" for part in self._of(details)]
        if lines:
            self._write("\n".join(lines))

    def log(self, level: str, text: str) -> None:
        """Write what a handler logged."""
        clock = self._paint(DIM, time.strftime("%H:%M:%S"))
        shown = self._paint(_LEVELS.get(level, DIM), f"{level.lower():7}")
        self._write(f"{clock} {shown} {text}")

    def note(self, text: str) -> None:
        """Write what portable itself has to say."""
        self._write(self._paint(YELLOW, f"portable: {text}"))

    def _of(self, details: Details) -> list[str]:
        attempt = f" attempt {details.attempt}" if (details.attempt or 1) > 1 else ""
        wire = f" as {details.wire}" if details.wire else ""
        begin = self._begin(int(details.began), details.status, details.outcome, details.function)
        took = self._paint(DIM, f"{(details.seconds or 0) * 1000:.0f} ms")
        line = f"{begin} {details.label}{attempt}{wire} {took}"
        if details.outcome == "done" or details.id in self._failed:
            return [line]
        self._failed.append(details.id)
        error = [] if not details.error or details.error in details.traceback else [self._paint(RED, details.error)]
        return [line, *details.traceback.rstrip().splitlines(), *error]

    def _begun(self, second: int, status: int, outcome: str, function: str) -> str:
        """Return the time, the outcome and the name of calls: many of one second begin with the same."""
        clock = self._paint(DIM, time.strftime("%H:%M:%S", time.localtime(second)))
        shown = self._paint(_OUTCOMES[outcome], f"{status or outcome!s:7}")
        return f"{clock} {shown} {self._paint(CYAN, function or '-')}"

    def _paint(self, color: str, text: str) -> str:
        return f"{color}{text}{RESET}" if self._color else text

    def _write(self, text: str) -> None:
        day = _day(int(time.time()) // QUARTER)
        if day != self._day:
            self._day, text = day, f"{self._paint(DIM, day)}\n{text}"
        with self._lock, suppress(OSError):  # nobody reads any more
            self._stream.write(f"{text}\n")
            self._stream.flush()
