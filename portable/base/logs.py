"""Structured logs: one JSON object per line, with the request id, function and trace of the current call.

`current` holds the Context of the call. A target describes the keys of its log service by a `Shape`.

The first line that is logged asks for the `Shape` and imports `log_lines`, which writes it.
"""

from __future__ import annotations

import logging
import sys
from _contextvars import (
    ContextVar,  # `contextvars` only names it again, which takes as long as this package's largest module
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.log_lines import Running, Shape


current: ContextVar[Running | None] = ContextVar("portable_call", default=None)


class JsonFormatter(logging.Formatter):
    """Formats a LogRecord as one line of JSON. `shape` returns its keys. `ended` adds the end of a line.

    Fields of `extra=` are kept. Values that JSON cannot hold become text.
    """

    def __init__(self, shape: Callable[[], Shape], *, ended: bool = False) -> None:
        super().__init__(validate=False)  # there is no format string to check
        self._shape = shape
        self._ended = ended

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        from portable.base.log_lines import line

        shape = self._shape()
        text = line(self, record, shape, current.get())
        return text + shape.end if self._ended else text

    @staticmethod
    def converter(seconds: float | None) -> Any:
        """Return a time in UTC."""
        import time

        return time.gmtime(seconds)


def install(shape: Callable[[], Shape], level: str = "INFO") -> None:
    """Set the JSON format on every handler of the root logger, or on a new stdout handler if it has none.

    `shape` is called when a line is logged. A handler that is no StreamHandler gets lines with their end.
    The level is set too, unless it differs from WARNING, the default of Python.
    """
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stdout))
    for handler in root.handlers:
        handler.setFormatter(JsonFormatter(shape, ended=not isinstance(handler, logging.StreamHandler)))
    if root.level in (logging.NOTSET, logging.WARNING):
        root.setLevel(level)


def quiet(name: str, level: int = logging.WARNING) -> None:
    """Turn off the logs below a level of a provider's client library, unless the app has set the level of its logger.

    They tell of each request or of the credentials that were found, and nobody asked for them.
    """
    logger = logging.getLogger(name)
    if logger.level == logging.NOTSET:
        logger.setLevel(level)
