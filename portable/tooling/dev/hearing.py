"""Hears what handlers log and print: each line is noted with its call, and goes to the terminal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import get_ident
from typing import Any, TextIO

from portable.base.log_lines import METRICS
from portable.tooling.dev.journal.model import LogLine
from portable.tooling.dev.live import Live, active, made
from portable.tooling.run.tracebacks import own_traceback

METRIC = "METRIC"
"""The level of a line that is a metric."""
OURS = "portable"
"""The logger of the shipped code. It logs an error that a handler raised with its traceback."""


class Hearing(logging.Handler):
    """The handler of the root logger. `show(level, text)` prints a line."""

    def __init__(self, folder: Path, show: Callable[[str, str], None]) -> None:
        super().__init__()
        self._folder = folder
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        """Note a record with the call that runs here, and show it. What a handler raised is shown when the call ends."""
        live = active.get()
        error = record.exc_info[1] if record.exc_info else None
        if record.name == OURS and error is not None and live is not None:
            live.failed(error, self._folder)
            return
        if record.name == OURS and error is not None and any(call.tells(error) for call in made.get() or ()):
            if record.levelno < logging.ERROR:  # the line of the call tells the failed attempt, with its traceback
                return
            error = None
        text = record.getMessage()
        level = METRIC if record.name == METRICS else record.levelname
        if error is not None:
            text = f"{text}\n{own_traceback(error, self._folder) or repr(error)}".rstrip()
        if live is not None:
            live.logs.append(LogLine(record.created, level, text))
        self._show(level, text)


class Prints:
    """A text stream that notes each line with the call that runs here, and passes everything on.

    What a call prints is passed on in whole lines, because others print at the same time.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = False
        """Whether what is outside of calls has printed a part of a line."""

    def write(self, text: str) -> int:
        """Write, and note the lines that are whole now."""
        live = active.get()
        if live is None:
            self._begun = not text.endswith("\n") if text else self._begun
            return self._stream.write(text)
        key = (self, get_ident())
        *whole, rest = (live.partial.pop(key, "") + text).split("\n")
        if rest:
            live.partial[key] = rest
        self.lines(live, whole)
        return len(text)

    def lines(self, live: Live, whole: Sequence[str]) -> None:
        """Note and write lines of a call."""
        if whole:
            live.logs += [LogLine(time.time(), "PRINT", line) for line in whole]
            begin, self._begun = "\n" if self._begun else "", False
            self._stream.write("".join([begin, *(f"{line}\n" for line in whole)]))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
