"""Refuses a date and time without an offset in a typed body: takes a decoder, returns one that checks what it decoded.

A handler that compares such a value with an aware one fails, and no store keeps it. A default of the type may be naive,
because the client did not send it. This module is loaded only for types that hold a datetime.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from portable.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_LEAVES = frozenset((str, int, float, bool, bytes, Decimal, type(None)))
_FIELDS = ("__struct_fields__", "__dataclass_fields__", "__pydantic_fields__")


def aware(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Return the decoder. It raises InvalidInput with the place of a date and time that was sent without an offset."""

    def read(body: bytes) -> Any:
        value = decode(body)
        naive = set(_naive(value))
        if naive:
            _refuse(body, naive)
        return value

    return read


def _naive(value: Any) -> Iterator[datetime]:
    """Yield every datetime without an offset that a value holds."""
    kind = type(value)
    if kind in _LEAVES:
        return
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _naive(pair)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _naive(item)
    else:
        names = next((getattr(kind, mark) for mark in _FIELDS if hasattr(kind, mark)), ())
        for name in names:
            yield from _naive(getattr(value, name, None))


def _refuse(body: bytes, naive: set[datetime]) -> None:
    """Raise InvalidInput with the place of the first text of a body that is one of these."""
    from json import loads

    waiting: list[tuple[str, Any]] = [("body", loads(body))]
    while waiting:
        place, found = waiting.pop()
        if isinstance(found, dict):
            waiting += [(f"{place}.{name}", part) for name, item in found.items() for part in (item, name)]
        elif isinstance(found, list):
            waiting += [(f"{place}[{index}]", item) for index, item in enumerate(found)]
        elif isinstance(found, str) and _moment(found) in naive:
            raise InvalidInput(f"{found!r} has no offset from UTC. Add Z or an offset such as +01:00 at the end", place)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
