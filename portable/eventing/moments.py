"""Refuses a date and time without an offset in a typed body: takes a decoder, returns one that checks what it decoded.

A handler that compares such a value with an aware one fails, and no store keeps it. A default of the type may be naive,
because the client did not send it. This module is loaded only for types that hold a datetime.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from json import loads

from portable.errors import MOST_FAULTS, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

PARTS = 10_000
"""The largest number of parts of a body that are looked at after a fault."""
_LEAVES = frozenset((str, int, float, bool, bytes, Decimal, type(None)))
_FIELDS = ("__struct_fields__", "__dataclass_fields__", "__pydantic_fields__")


def aware(decode: Callable[[bytes], Any], kind: Any) -> Callable[[bytes], Any]:
    """Return the decoder of a type. It raises InvalidInput with each date and time that was sent without an offset."""

    def read(body: bytes) -> Any:
        try:
            value = decode(body)
        except InvalidInput as error:
            raise _with_moments(error, kind, body) from None
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
    """Raise InvalidInput with the places of the texts of a body that are one of these. None was sent if it returns."""
    waiting: list[tuple[str, Any]] = [("body", loads(body))]
    found: list[tuple[str, str]] = []
    while waiting and len(found) < MOST_FAULTS:
        place, part = waiting.pop()
        if isinstance(part, dict):
            pairs = [(f"{place}.{name}", inner) for name, item in part.items() for inner in (name, item)]
            waiting += reversed(pairs)
        elif isinstance(part, list):
            waiting += reversed([(f"{place}[{index}]", item) for index, item in enumerate(part)])
        elif isinstance(part, str) and _moment(part) in naive:
            found.append((place, _problem(part)))
    if found:
        (place, detail), *others = found
        raise InvalidInput(detail, place, others=others)


def _with_moments(error: InvalidInput, kind: Any, body: bytes) -> InvalidInput:
    """Return the error of a body that could not be decoded, with the dates and times in it that have no offset."""
    from portable.base.typed import holds_moments
    from portable.base.typed_parts import bare, parts_of

    others = list(error.others)
    try:
        waiting = [(kind, loads(body), "body")]
    except (ValueError, RecursionError):
        return error
    for part, value, place in waiting:  # it grows by the parts of each
        if len(waiting) > PARTS or len(others) >= MOST_FAULTS:
            break
        if not isinstance(value, str):
            waiting += parts_of(part, value, place)
        elif bare(part) is datetime and holds_moments(part) and (found := _moment(value)) and found.tzinfo is None:
            others.append((place, _problem(value)))
    return InvalidInput(error.detail, error.at, error.status, others)


def _problem(text: str) -> str:
    return f"{text!r} has no offset from UTC. Add Z or an offset such as +01:00 at the end"


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
