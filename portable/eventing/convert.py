"""Converts text of a path, query, header or cookie to the declared type, or raises InvalidInput with the place."""

from __future__ import annotations

from portable.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from decimal import Decimal
    from enum import Enum
    from typing import Any, NoReturn, TypeVar
    from uuid import UUID

    E = TypeVar("E", bound=Enum)
    T = TypeVar("T")

_MARKS = frozenset("0123456789+-.eE")
_TRUE = frozenset(("true", "1", "yes", "on"))
_FALSE = frozenset(("false", "0", "no", "off"))


def text(value: str, at: str) -> str:
    """Return the text unchanged."""
    return value


def integer(value: str, at: str) -> int:
    """Return a whole number: an optional sign and ASCII digits."""
    digits = value[1:] if value[:1] in ("-", "+") else value
    if digits.isascii() and digits.isdigit() and len(digits) <= 1000:
        return int(value)
    raise InvalidInput(f"{value!r} is not a whole number", at)


def number(value: str, at: str) -> float:
    """Return a finite number."""
    try:
        found = float(value)
    except ValueError:
        found = float("nan")
    if found - found != 0 or not _plain(value):  # only for NaN and infinities the difference is not 0
        raise InvalidInput(f"{value!r} is not a number", at)
    return found


def _plain(value: str) -> bool:
    """Return whether a number is ASCII without spaces and underscores. Python would accept those."""
    return _MARKS.issuperset(value)


def boolean(value: str, at: str) -> bool:
    """Return a truth value: true, 1, yes, on or false, 0, no, off. Case is ignored."""
    lowered = value.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise InvalidInput(f"{value!r} must be true or false", at)


def uuid(value: str, at: str) -> UUID:
    """Return a UUID in any form that `uuid.UUID` reads."""
    from uuid import UUID

    try:
        return UUID(value)
    except ValueError:
        raise InvalidInput(f"{value!r} is not a UUID", at) from None


def decimal(value: str, at: str) -> Decimal:
    """Return a finite decimal number."""
    from decimal import Decimal, InvalidOperation

    try:
        found = Decimal(value)
    except InvalidOperation:
        raise InvalidInput(f"{value!r} is not a decimal number", at) from None
    if not found.is_finite() or not _plain(value):
        raise InvalidInput(f"{value!r} is not a decimal number", at)
    return found


def moment(value: str, at: str) -> datetime:
    """Return a date and time in ISO 8601 with an offset from UTC."""
    from datetime import datetime

    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInput(f"{value!r} is not a date and time (ISO 8601)", at) from None
    if found.tzinfo is None:
        raise InvalidInput(f"{value!r} has no offset from UTC. Add Z or an offset such as +01:00 at the end", at)
    return found


def day(value: str, at: str) -> date:
    """Return a date in ISO 8601."""
    from datetime import date

    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidInput(f"{value!r} is not a date (ISO 8601)", at) from None


def enumeration(kind: type[E]) -> Callable[[str, str], E]:
    """Return a converter to a member of an enum. It looks for the value first, then for the name."""
    members = {str(member.value): member for member in reversed(kind)}
    names = {member.name: member for member in kind}

    def convert(value: str, at: str) -> E:
        found = members[value] if value in members else names.get(value)  # a member may be false, such as 0
        if found is None:
            raise InvalidInput(f"{value!r} must be one of {', '.join(sorted(members))}", at)
        return found

    return convert


def literal(*allowed: Any) -> Callable[[str, str], Any]:
    """Return a converter to one of the given literal values by its text. For a member of an enum its value counts."""
    values: dict[str, Any] = {}
    for value in allowed:
        plain = getattr(value, "_value_", value)  # only enum members have it
        values.setdefault(str(plain).lower() if isinstance(plain, bool) else str(plain), value)

    def convert(value: str, at: str) -> Any:
        if value not in values:
            raise InvalidInput(f"{value!r} must be one of {', '.join(values)}", at)
        return values[value]

    return convert


def many(convert: Callable[[str, str], T]) -> Callable[[list[str], str], list[T]]:
    """Return a converter of repeated values. Each is converted alone, and the places of the faults have its index."""

    def convert_all(values: list[str], at: str) -> list[T]:
        try:
            return [convert(value, f"{at}[{index}]") for index, value in enumerate(values)]
        except InvalidInput:
            raise _all_of(convert, values, at) from None

    return convert_all


def _all_of(convert: Callable[[str, str], Any], values: list[str], at: str) -> InvalidInput:
    """Return the error with the faults of all values, 100 at most."""
    from portable.errors import MOST_FAULTS
    from portable.eventing.faults import together

    found: list[InvalidInput] = []
    for index, value in enumerate(values):
        try:
            convert(value, f"{at}[{index}]")
        except InvalidInput as error:
            found.append(error)
        if len(found) == MOST_FAULTS:
            break
    return together(found)


def required(at: str) -> NoReturn:
    """Raise the error for a missing required value."""
    raise InvalidInput("a value is required", at)
