"""Takes a log record, the keys of a log service and the Context of the call; returns one line of JSON.

It is loaded with the first line.
"""

# ruff: noqa: D102 - the docstring of the protocol holds for all its methods

from __future__ import annotations

import json
import logging

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Running(Protocol):
        """What the ground floor asks of the `Context` of a call (`portable.compute.context`)."""

        attempt: int | None

        @property
        def request_id(self) -> str: ...
        @property
        def function(self) -> str: ...
        @property
        def trace(self) -> str | None: ...
        @property
        def _streams(self) -> bool: ...
        @property
        def _largest(self) -> int: ...
        def remaining(self) -> float: ...


METRICS = "portable.metrics"
"""The logger of metrics. A record has the metric in `metric`: its name, value, unit and dimensions."""
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime", "taskName"}


class Shape(Value):
    """The keys that a log service reads for time, level, request id and trace.

    `trace_prefix` is put before the trace id. `hidden` names the attributes that the host adds to each record. `end` is
    the end of a line, for a host whose handler adds none. `stack` is a separate key for the traceback of an error, if
    the service reads one. `metric` returns what else the service reads in the line of a metric, from the metric, its time
    in seconds since the epoch, and the name of the function.
    """

    time: str = "timestamp"
    level: str = "level"
    request_id: str = "requestId"
    trace: str = "trace"
    trace_prefix: str = ""
    hidden: tuple[str, ...] = ()
    end: str = ""
    stack: str = ""
    metric: Callable[[dict[str, Any], float, str], dict[str, Any]] | None = None


def line(formatter: logging.Formatter, record: logging.LogRecord, shape: Shape, context: Running | None) -> str:
    """Return a record as one line. Fields of `extra=` are kept. Values that JSON cannot hold become text."""
    written: dict[str, Any] = {
        shape.time: formatter.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
        shape.level: record.levelname,
        "message": _message(record),
        "logger": record.name,
    }
    if context is not None:
        written[shape.request_id] = context.request_id
        written["function"] = context.function
        if context.trace:
            parts = context.trace.split("-")
            written[shape.trace] = shape.trace_prefix + (parts[1] if len(parts) > 2 else context.trace)
    for name, value in record.__dict__.items():
        if name not in _STANDARD and name not in shape.hidden and name not in written:
            written[name] = value
    if shape.metric is not None and record.name == METRICS:
        written |= shape.metric(record.__dict__["metric"], record.created, written.get("function", ""))
    if record.exc_info and record.exc_info[0] is not None:
        written["error"] = {
            "type": record.exc_info[0].__name__,
            "message": _text(record.exc_info[1]),
            "stack": formatter.formatException(record.exc_info),
        }
        if shape.stack:
            written[shape.stack] = written["error"].pop("stack")
    if record.stack_info:
        written["stack"] = record.stack_info
    return _json(written)


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
