"""Takes a metric of a call; checks it and logs it as one line. `Context.metric` loads this module at its first call.

Every rule here is the strictest of all providers, so a metric that works on one target works on all: names and labels of
Cloud Logging ("log-based metrics"), values, units and dimensions of CloudWatch ("PutMetricData", "embedded metric format").
"""

from __future__ import annotations

import logging

from portable.base.log_lines import METRICS
from portable.base.logs import current
from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from portable.base.log_lines import Running

_SIZES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
_AMOUNTS = (*_SIZES, *_BITS, "Count")
UNITS = ("Count", "Percent", "Seconds", "Milliseconds", "Microseconds", *_SIZES, *_BITS)
"""The units of an amount. An amount of bytes, bits or things may also be by the second, as in Count/Second."""
_UNITS = frozenset((*UNITS, *(f"{unit}/Second" for unit in _AMOUNTS), "None"))
MOST_DIMENSIONS = 10
"""The largest number of dimensions of one metric (labels of a log-based metric of Google Cloud)."""
LONGEST_NAME = 100
LONGEST_VALUE = 255
LARGEST = 2.0**360
"""The largest value, and the smallest one with its sign changed (CloudWatch)."""
RESERVED = frozenset(
    (
        *("timestamp", "time", "level", "severity", "message", "logger", "requestId", "InvocationId", "execution_id"),
        *("function", "trace", "traceId", "operation_Id", "metric", "error", "stack"),
    )
)
"""The keys of a log line. On AWS the metric and its dimensions stand beside them."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_WORD = _LETTERS | frozenset("0123456789_")
_NAME = _WORD | frozenset(".-/")


def metric(context: Running, name: str, value: float, unit: str, dimensions: dict[str, Any]) -> dict[str, Any]:
    """Log a metric of a call and return it as it is logged. Raises InvalidValue for a name, value, unit or dimension that a target would not take."""
    _check_name("the name of a metric", name, _NAME, "letters, digits, _ . - or /")
    if type(value) is bool or not isinstance(value, (int, float)):
        raise InvalidValue(f"metric {name!r}: the value must be an int or a float, not {value!r}", value)
    if not -LARGEST <= value <= LARGEST:  # which NaN is not either
        raise InvalidValue(
            f"metric {name!r}: the value {float_text(value)} is no number that CloudWatch can hold", value
        )
    if not isinstance(unit, str) or unit not in _UNITS:
        known = f"{', '.join(UNITS)}, None, or one of bytes, bits and Count with /Second"
        raise InvalidValue(f"metric {name!r}: there is no unit {unit!r}. Use {known}", unit)
    if len(dimensions) > MOST_DIMENSIONS:
        raise InvalidValue(f"metric {name!r} has {len(dimensions)} dimensions, but the limit is {MOST_DIMENSIONS}")
    checked = {key: _dimension(name, key, given) for key, given in dimensions.items()}
    number = int(value) if isinstance(value, int) else float(value)  # of a subclass, JSON might write its repr
    text = " ".join(
        [f"{name}={number}", *([] if unit == "None" else [unit]), *(f"{k}={v}" for k, v in checked.items())]
    )
    told = {"name": name, "value": number, "unit": unit, "dimensions": checked}
    logger = logging.getLogger(METRICS)
    record = logger.makeRecord(METRICS, logging.INFO, "", 0, "%s", (text,), None, extra={"metric": told})
    token = current.set(context)  # a thread of the handler's own has no call
    try:
        logger.handle(record)  # whatever the level of the logs is: a metric that is sometimes missing is wrong
    finally:
        current.reset(token)
    return told


def float_text(value: float) -> str:
    """Return a number as text. Python refuses to write an int of more than some thousand digits."""
    return f"of {value.bit_length()} bits" if isinstance(value, int) else repr(value)


def _dimension(metric: str, name: str, value: object) -> str:
    what = f"metric {metric!r}: dimension {name!r}"
    _check_name(f"metric {metric!r}: the name of a dimension", name, _WORD, "letters, digits or _")
    if name == metric:
        raise InvalidValue(f"{what} must not have the name of the metric", name)
    text = _text(value)
    if text is None:
        raise InvalidValue(f"{what} must be a str, an int or a bool, not {value!r}", value)
    if not 1 <= len(text) <= LONGEST_VALUE:
        raise InvalidValue(f"{what} has {len(text)} characters, but must have 1 to {LONGEST_VALUE}", value)
    if not text.isascii() or not text.isprintable() or text.isspace() or text[0] == ":":
        problem = "must be visible ASCII and must not begin with a colon: CloudWatch takes no other text"
        raise InvalidValue(f"{what}: the value {text!r} {problem}", value)
    return text


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return str.__str__(value)  # the text of an enum member, not its name
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() < 512:
        return int.__repr__(value)
    return None


def _check_name(what: str, name: object, allowed: frozenset[str], words: str) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or name[0] not in _LETTERS:
        _refuse(what, name, words)
    if not allowed.issuperset(name):
        _refuse(what, name, words)
    if name in RESERVED:
        raise InvalidValue(f"{what} must not be {name!r}, which is a key of every log line", name)


def _refuse(what: str, name: object, words: str) -> NoReturn:
    raise InvalidValue(f"{what} must be 1 to {LONGEST_NAME} characters: a letter, then {words}; not {name!r}", name)
