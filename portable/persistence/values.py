"""Checks the values of a row: returns a copy in the plain form and its size, or an error that names the field.

Drivers get only checked values, so every store returns them equal. Allowed are None, bool, int of up to 38 digits,
finite float, str, bytes, aware datetime (stored in UTC, to the microsecond), list, and dict with text keys; 16 levels
deep, 390 KiB in total. Decimal (38 significant digits) needs a table with a row type. Keys are text of 1 to 255 UTF-8
bytes, ints within ±(2**53-1), or aware datetimes.

The limits are the smallest of all stores: DynamoDB has 38 digits and 400 KB per item, Firestore 20 levels and document
names of 1,500 bytes, Cosmos DB ids of 1,023 bytes, JSON numbers of 53 bits.
"""

from __future__ import annotations

from portable.errors import InvalidArgument, InvalidKey, InvalidValue, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    Row = dict[str, Any]
    KeyValue = str | int | datetime
    RowKey = tuple[KeyValue, KeyValue | None]
    """The value of the key field, and the value of the sort field or None if the table has no sort field."""

DEPTH = 16
ROW_BYTES = 390 * 1024
KEY_BYTES = 255
KEY_INT = 2**53 - 1
INT_END = 10**38


def key_value(name: str, value: Any, kind: type) -> KeyValue:
    """Return the value of a key in its plain form. Raises InvalidKey naming the field."""
    if type(value) is str:
        if kind is str:
            size = len(value) if value.isascii() else len(_utf8(name, value, InvalidKey))
            if 0 < size <= KEY_BYTES:
                return value
            raise InvalidKey(
                f"{name}: a text key must have 1 to {KEY_BYTES} UTF-8 bytes, but this one has {size}", value
            )
    elif type(value) is int:
        if kind is int:
            if -KEY_INT <= value <= KEY_INT:
                return value
            raise InvalidKey(f"{name}: a number key must be within ±(2**53-1), but this one is {value}", value)
    elif kind.__name__ == "datetime" and isinstance(value, kind):
        return utc(name, value, InvalidKey)
    raise InvalidKey(f"{name}: the key must be {kind.__name__}, as declared, not {value!r}", value)


def plain_row(row: Mapping[str, Any], *, decimals: bool = False) -> Row:
    """Return a copy of `row` in the plain form. Raises InvalidValue or TooLarge naming the field."""
    size = 0
    copy: Row = {}
    largest = ("", -1)
    for name, value in row.items():
        if type(name) is not str:
            raise InvalidValue(f"the name of a field must be text, not {name!r}", name)
        copy[name], bytes_used = plain_value(name, value, decimals=decimals)
        bytes_used += 1 + (len(name) if name.isascii() else len(_utf8(name, name)))
        size += bytes_used
        if bytes_used > largest[1]:
            largest = (name, bytes_used)
    if size > ROW_BYTES:
        raise TooLarge(
            f"{largest[0]}: a row can have at most {ROW_BYTES} bytes, but has {size}; this field is the largest",
            row[largest[0]],
        )
    return copy


def plain_value(where: str, value: Any, depth: int = 0, *, decimals: bool = False) -> tuple[Any, int]:
    """Return a copy of `value` in the plain form and its size in bytes. Raises InvalidValue naming `where`."""
    kind = type(value)
    if kind is str:
        size = len(value) if value.isascii() else len(_utf8(where, value))
        return value, size + (value[:1] == "@")
    if kind is bool or value is None:
        return value, 1
    if kind is int:
        if -INT_END < value < INT_END:
            return value, 8 if -(2**63) <= value < 2**63 else 22
        raise InvalidValue(f"{where}: an int can have at most 38 digits", value)
    if kind is float:
        if value - value == 0.0:
            return value + 0.0, 10  # -0.0 becomes 0.0, as in the stores whose numbers have one zero
        raise InvalidValue(f"{where}: a float must be finite, not {value!r}", value)
    if kind is bytes:
        return value, len(value)
    if kind is list or kind is dict:
        return _plain_container(where, value, depth + 1, decimals=decimals)
    return _plain_rare(where, value, decimals=decimals)


def _plain_container(where: str, value: Any, depth: int, *, decimals: bool) -> tuple[Any, int]:
    if depth > DEPTH:
        raise InvalidValue(f"{where}: lists and dicts can be nested at most {DEPTH} levels deep", value)
    size = 3
    if type(value) is list:
        items = []
        for position, item in enumerate(value):
            copy, used = plain_value(f"{where}[{position}]", item, depth, decimals=decimals)
            items.append(copy)
            size += used + 1
        return items, size
    fields = {}
    for name, item in value.items():
        if type(name) is not str:
            raise InvalidValue(f"{where}: the name of a field must be text, not {name!r}", name)
        fields[name], used = plain_value(f"{where}.{name}", item, depth, decimals=decimals)
        size += used + 2 + (len(name) if name.isascii() else len(_utf8(where, name)))
    return fields, size


def _plain_rare(where: str, value: Any, *, decimals: bool) -> tuple[Any, int]:
    from datetime import datetime
    from decimal import Decimal

    if isinstance(value, datetime):
        return utc(where, value), 28
    if isinstance(value, Decimal):
        if not decimals:
            raise InvalidValue(f"{where}: a Decimal needs a table with a row type", value)
        return _plain_decimal(where, value), 22
    raise InvalidValue(
        f"{where}: a row cannot hold {type(value).__name__}. Use None, bool, int, float, str, bytes, datetime, "
        "list or dict",
        value,
    )


def _plain_decimal(where: str, value: Any) -> Any:
    """Return the Decimal if DynamoDB can store it: 38 digits between 1E-130 and 9.9E+125."""
    if not value.is_finite():
        raise InvalidValue(f"{where}: a Decimal must be finite, not {value}", value)
    digits = value.as_tuple().digits
    significant = len("".join(map(str, digits)).strip("0"))
    if significant > 38 or (value and not -130 <= value.adjusted() <= 125):
        raise InvalidValue(f"{where}: a Decimal must have at most 38 digits and be between 1E-130 and 9.9E+125", value)
    return value


def utc(where: str, value: Any, error: type[InvalidArgument] = InvalidValue) -> datetime:
    """Return an aware datetime in UTC. Raises `error` for a naive one."""
    from datetime import UTC, datetime

    if value.tzinfo is None or value.utcoffset() is None:
        raise error(f"{where}: a datetime must have a time zone, but {value!r} has none", value)
    if value.tzinfo is UTC and type(value) is datetime and not value.fold:
        return value
    try:
        moved = value.astimezone(UTC)
    except OverflowError as overflow:
        raise error(f"{where}: {value!r} is outside the years 1 to 9999 in UTC", value) from overflow
    return datetime(
        moved.year, moved.month, moved.day, moved.hour, moved.minute, moved.second, moved.microsecond, tzinfo=UTC
    )


def _utf8(where: str, value: str, error: type[InvalidArgument] = InvalidValue) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as surrogate:
        raise error(f"{where.encode(errors='replace').decode()}: text must be valid Unicode", value) from surrogate


def copy_row(row: Row) -> Row:
    """Return a deep copy of a plain row."""
    return {name: _copy(value) for name, value in row.items()}


def _copy(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return [_copy(item) for item in value]
    if kind is dict:
        return {name: _copy(item) for name, item in value.items()}
    return value


def check_size(row: Row) -> None:
    """Raise TooLarge naming the largest field if an update made the row too large."""
    plain_row(row, decimals=True)


def utc_now() -> datetime:
    """Return the current time as an aware datetime in UTC."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def live(row: Row, ttl: str | None, clock: Callable[[], datetime]) -> Row | None:
    """Return the row, or None if it has expired by the clock."""
    end = expires_at(row, ttl)
    return row if end is None or end > clock() else None


def expires_at(row: Row, ttl: str | None) -> datetime | None:
    """Return the end of a row's life, or None if the row does not expire."""
    end = row.get(ttl) if ttl is not None else None
    if end is None:
        return None
    if type(end) is int:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(end, UTC)
    return end  # type: ignore[no-any-return]
