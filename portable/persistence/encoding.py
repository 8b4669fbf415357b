"""Converts rows to JSON values and keys to ordered text, for stores without bytes, times or wide numbers.

JSON: text that begins with @ gets a second @. `@2026-11-25T00:12:14.000000Z` is a datetime, `@b…` is bytes in base64,
`@n…` is a Decimal or an int of more than 53 bits. Any other value is unchanged. `from_json(to_json(x)) == x`.

Ordered text: values of one key type and their texts have the same order, by code point.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

_EXACT = 2**53


def time_text(value: datetime) -> str:
    """Return a UTC datetime as text that sorts by time. It always has 27 characters, with microseconds."""
    return (
        f"{value.year:04}-{value.month:02}-{value.day:02}T"
        f"{value.hour:02}:{value.minute:02}:{value.second:02}.{value.microsecond:06}Z"
    )


def time_value(text: str) -> datetime:
    """Return the datetime of a text of `time_text`. Raises ValueError for other text."""
    from datetime import datetime

    return datetime.fromisoformat(text)


def key_text(value: Any) -> str:
    """Return the value of a key as ordered text. An offset of 10**16 keeps ints in order."""
    if type(value) is str:
        return value
    if type(value) is int:
        return f"{10**16 + value:017d}"
    return time_text(value)


def to_json(value: Any) -> Any:
    """Return a plain value as a JSON value."""
    kind = type(value)
    if kind is str:
        return "@" + value if value[:1] == "@" else value
    if kind is dict:
        return {name: to_json(item) for name, item in value.items()}
    if kind is list:
        return [to_json(item) for item in value]
    if kind is int:
        return value if -_EXACT <= value <= _EXACT else f"@n{value}"
    if value is None or kind is bool or kind is float:
        return value
    if kind is bytes:
        from base64 import b64encode

        return "@b" + b64encode(value).decode()
    if kind.__name__ == "datetime":
        return "@" + time_text(value)
    return f"@n{value}"


def from_json(value: Any) -> Any:
    """Return the plain value of a JSON value of `to_json`."""
    kind = type(value)
    if kind is str:
        return _tagged(value) if value[:1] == "@" else value
    if kind is dict:
        return {name: from_json(item) for name, item in value.items()}
    if kind is list:
        return [from_json(item) for item in value]
    if kind is int and not -_EXACT <= value <= _EXACT:
        return float(value)  # another JSON writer wrote this float without a point
    return value


def _tagged(text: str) -> Any:
    mark = text[1:2]
    if mark == "@":
        return text[1:]
    try:
        if mark == "b":
            from base64 import b64decode

            return b64decode(text[2:], validate=True)
        if mark == "n":
            return _number(text[2:])
        return time_value(text[1:])
    except ValueError:
        return text  # another program wrote it


def _number(text: str) -> Any:
    if text.lstrip("-").isdigit():
        return int(text)
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def page_token(*position: Any) -> str:
    """Return the opaque token of a position. A position is the key values after which the next page begins."""
    import json
    from base64 import urlsafe_b64encode

    text = json.dumps([to_json(value) for value in position], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page_position(token: str, length: int, kind: type = str) -> list[Any]:
    """Return the position of a token of `page_token`, of values of one kind.

    Raises InvalidValue for a token of another query. Anybody can make a token, so nothing in it is trusted.
    """
    import json
    from base64 import urlsafe_b64decode

    from portable.errors import InvalidValue

    try:
        position = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if isinstance(position, list) and len(position) == length:
            found = [from_json(value) for value in position]
            if all(isinstance(value, kind) for value in found):
                return found
    except (ValueError, TypeError, RecursionError):
        pass
    raise InvalidValue("page: this token does not belong to this query", token)
