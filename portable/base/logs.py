"""Structured logs: one JSON object a line, carrying the request id, function and trace of the call it came from.

`current` holds the call's Context; a target says by a `Shape` which keys its log service understands.
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
    """The keys a log service reads: time, level, request id, trace; `trace_prefix` goes before the trace id.

    `hidden` are attributes the host puts on each record; `end` is what a line ends with where the host's own handler
    adds nothing; `stack` is a key of its own for an error's traceback, where the service looks for one.
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
    """Return a value as text, whatever its own methods do."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - a log line must not be lost for a broken __str__
        return f"<{type(value).__name__} that raises {type(error).__name__}>"


def _message(record: logging.LogRecord) -> str:
    """Return what was logged, also where its arguments do not fit its text: that must not fail the caller."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - %-formatting calls the arguments' own methods
        told = _text(record.args)
        return f"{_text(record.msg)} (its arguments {told} do not fit it: {type(error).__name__})"


def _json(line: dict[str, Any]) -> str:
    """Return a line as JSON that UTF-8 can hold; a field that JSON cannot hold becomes text, so that no line is lost."""
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
    except (TypeError, ValueError, RecursionError):  # a key that is no text, NaN, or a value that holds itself
        return False
    return True


class JsonFormatter(logging.Formatter):
    """LogRecord -> one line of JSON. What `extra=` adds is kept; what JSON cannot hold is written as text."""

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
        """Give times in UTC."""
        import time

        return time.gmtime(seconds)


def install(shape: Shape, level: str = "INFO") -> None:
    """Give every handler of the root logger the JSON shape, or one on stdout when there is none, and set the level.

    A level that was set to something else than the default WARNING stays.
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
