"""Structured logs: one JSON object per line, with the request id, function and trace of the current call.

`current` holds the Context of the call. A target describes the keys of its log service by a `Shape`.

The first line that is logged imports `log_lines`, which writes it.
"""

from __future__ import annotations

import logging
import sys
from _contextvars import (
    ContextVar,  # `contextvars` only names it again, which takes as long as this package's largest module
)

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context


current: ContextVar[Context | None] = ContextVar("portable_call", default=None)


class Shape(Value):
    """The keys that a log service reads for time, level, request id and trace.

    `trace_prefix` is put before the trace id. `hidden` names the attributes that the host adds to each record. `end` is
    the end of a line, for a host whose handler adds none. `stack` is a separate key for the traceback of an error, if
    the service reads one.
    """

    time: str = "timestamp"
    level: str = "level"
    request_id: str = "requestId"
    trace: str = "trace"
    trace_prefix: str = ""
    hidden: tuple[str, ...] = ()
    end: str = ""
    stack: str = ""


class JsonFormatter(logging.Formatter):
    """Formats a LogRecord as one line of JSON.

    Fields of `extra=` are kept. Values that JSON cannot hold become text.
    """

    def __init__(self, shape: Shape, end: str = "") -> None:
        super().__init__(validate=False)  # there is no format string to check
        self.shape = shape
        self._end = end

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        from portable.base.log_lines import line

        return line(self, record, self.shape, current.get()) + self._end

    @staticmethod
    def converter(seconds: float | None) -> Any:
        """Return a time in UTC."""
        import time

        return time.gmtime(seconds)


def install(shape: Shape, level: str = "INFO") -> None:
    """Set the JSON format on every handler of the root logger, or on a new stdout handler if it has none.

    The level is set too, unless it differs from WARNING, the default of Python.
    """
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stdout))
    for handler in root.handlers:
        stream = isinstance(handler, logging.StreamHandler)
        handler.setFormatter(JsonFormatter(shape, "" if stream else shape.end))
    if root.level in (logging.NOTSET, logging.WARNING):
        root.setLevel(level)


def quiet(name: str) -> None:
    """Turn off the INFO logs of a provider's client library, unless the app has set the level of its logger.

    They tell of each request or of the credentials that were found, and nobody asked for them.
    """
    logger = logging.getLogger(name)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
