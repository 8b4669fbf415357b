"""Converts values that JSON does not have to plain values. It is loaded only when there is such a value."""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import uuid

from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plain(value: Any) -> Any:
    """Return a JSON value for a dataclass, Struct, pydantic model, date, duration (ISO 8601), UUID, enum, Decimal, set,
    bytes (base64) or another mapping than dict.

    Raises TypeError for anything else.
    """
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        from dataclasses import fields

        return {field.name: getattr(value, field.name) for field in fields(value)}
    if hasattr(value, "__struct_fields__"):
        import msgspec

        return msgspec.to_builtins(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return f"P{value.days}DT{value.seconds}.{value.microseconds:06d}S" if value.days >= 0 else f"-{plain(-value)}"
    if isinstance(value, (uuid.UUID, decimal.Decimal)):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):
        mapping: Any = value
        return dict(mapping)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def refused(value: Any, error: ValueError) -> ValueError:
    """Return the error for a value that JSON cannot hold.

    An infinite number is named, because a client can send one, such as 1e400.
    """
    found = _infinite(value)
    return error if found is None else InvalidValue(f"JSON cannot hold the number {found}", found)


def _infinite(value: Any) -> float | None:
    """Return the first infinite number in dicts and lists."""
    waiting, seen = [value], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, float) and part in (float("inf"), float("-inf")):
            return part
        if isinstance(part, (dict, list, tuple)) and id(part) not in seen:
            seen.add(id(part))
            waiting.extend(part.values() if isinstance(part, dict) else part)
    return None


def with_text_keys(value: Any) -> Any:
    """Return plain values in which all keys are text. A UUID, date, enum or Decimal becomes its text.

    Raises TypeError for a key that has no such text, ValueError for two keys with the same text.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        found = {}
        for key, item in value.items():
            name = _key(key)
            if name in found:
                raise ValueError(f"two keys of a mapping become the same JSON key {name!r}")
            found[name] = with_text_keys(item)
        return found
    if isinstance(value, (list, tuple)):
        return [with_text_keys(item) for item in value]
    return with_text_keys(plain(value))


def _key(key: Any) -> Any:
    name = key if key is None or isinstance(key, (str, int, float)) else plain(key)
    if name is None or isinstance(name, (str, int, float)):
        return name
    raise TypeError(f"the key {key!r} of a mapping cannot be written as JSON")
