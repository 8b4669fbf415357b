"""Structured logs: one JSON object per line, with the request id, function and trace of the current call.

`current` holds the Context of the call. A target describes the keys of its log service by a `Shape`.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.context import Context

current: ContextVar[Context | None] = ContextVar("portable_call", default=None)

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime", "taskName"}


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


def _text(value: object) -> str:
    """Return a value as text, also when its methods raise."""
    try:
        return str(value)
    except BaseException as error:  # noqa: BLE001 - a broken __str__, even one that exits, must not lose a log line
        return f"<{type(value).__name__}; its __str__ raises {type(error).__name__}>"


def _message(record: logging.LogRecord) -> str:
    """Return the message. If its arguments do not fit its text, return both, because a log call must not fail."""
    try:
        return record.getMessage()
    except BaseException as error:  # noqa: BLE001 - %-formatting calls the arguments' own methods
        arguments = _text(record.args)
        return f"{_text(record.msg)} (the arguments {arguments} do not fit this text: {type(error).__name__})"


def _json(line: dict[str, Any]) -> str:
    """Return a line as JSON that UTF-8 can encode. A field that JSON cannot hold becomes text, so no line is lost."""
    try:
        text = _dumps(line)
    except (TypeError, ValueError, RecursionError):
        text = _dumps({name: value if _holds(value) else _text(value) for name, value in line.items()})
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _dumps(value: object) -> str:
    return json.dumps(value, default=_text, ensure_ascii=False, allow_nan=False)


def _holds(value: object) -> bool:
    try:
        _dumps(value)
    except (TypeError, ValueError, RecursionError):  # a key that is not text, NaN, or a value that contains itself
        return False
    return True


class JsonFormatter(logging.Formatter):
    """Formats a LogRecord as one line of JSON.

    Fields of `extra=` are kept. Values that JSON cannot hold become text.
    """

    def __init__(self, shape: Shape, end: str = "") -> None:
        super().__init__()
        self._shape = shape
        self._end = end
        self._hidden = _STANDARD.union(shape.hidden)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        shape = self._shape
        line: dict[str, Any] = {
            shape.time: self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            shape.level: record.levelname,
            "message": _message(record),
            "logger": record.name,
        }
        context = current.get()
        if context is not None:
            line[shape.request_id] = context.request_id
            line["function"] = context.function
            if context.trace:
                parts = context.trace.split("-")
                line[shape.trace] = shape.trace_prefix + (parts[1] if len(parts) > 2 else context.trace)
        for name, value in record.__dict__.items():
            if name not in self._hidden and name not in line:
                line[name] = value
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = {
                "type": record.exc_info[0].__name__,
                "message": _text(record.exc_info[1]),
                "stack": self.formatException(record.exc_info),
            }
            if shape.stack:
                line[shape.stack] = line["error"].pop("stack")
        if record.stack_info:
            line["stack"] = record.stack_info
        return _json(line) + self._end

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
        import sys

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
