"""What a row may hold: a row in, a copy of it in the plain form and its size out, or a refusal with the field's name.

Every driver is given only what passed here, so each of these values comes back equal from each store:
None, bool, int of up to 38 digits, finite float, str, bytes, aware datetime (kept in UTC, to the microsecond), list and
dict with text keys, 16 deep, 390 KiB in all. Decimal (38 significant digits) is for tables with a row type.
Keys are text of 1 to 255 UTF-8 bytes, ints within ±(2**53-1), or aware datetimes.

The bounds are the narrowest of the stores: DynamoDB 38 digits and 400 KB an item, Firestore 20 deep and document names
of 1,500 bytes, Cosmos DB ids of 1,023 bytes, JSON numbers of 53 bits.
"""

from __future__ import annotations

from portable.errors import InvalidArgument, InvalidKey, InvalidValue, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    Row = dict[str, Any]
    KeyValue = str | int | datetime

DEPTH = 16
ROW_BYTES = 390 * 1024
KEY_BYTES = 255
KEY_INT = 2**53 - 1
INT_END = 10**38


def key_value(name: str, value: Any, kind: type) -> KeyValue:
    """Return a key's value in its plain form. Raises InvalidKey naming the field."""
    if type(value) is str:
        if kind is str:
            size = len(value) if value.isascii() else len(_utf8(name, value, InvalidKey))
            if 0 < size <= KEY_BYTES:
                return value
            raise InvalidKey(f"{name}: a text key has 1 to {KEY_BYTES} UTF-8 bytes, this one has {size}", value)
    elif type(value) is int:
        if kind is int:
            if -KEY_INT <= value <= KEY_INT:
                return value
            raise InvalidKey(f"{name}: a number key lies within ±(2**53-1), {value} does not", value)
    elif kind.__name__ == "datetime" and isinstance(value, kind):
        return utc(name, value, InvalidKey)
    raise InvalidKey(f"{name}: the key was declared as {kind.__name__}, {value!r} is not one", value)


def plain_row(row: Mapping[str, Any], *, decimals: bool = False) -> Row:
    """Return a copy of `row` in the plain form. Raises InvalidValue or TooLarge naming the field."""
    size = 0
    copy: Row = {}
    largest = ("", -1)
    for name, value in row.items():
        if type(name) is not str:
            raise InvalidValue(f"a field is named by text, not {name!r}")
        copy[name], bytes_used = plain_value(name, value, decimals=decimals)
        bytes_used += 1 + (len(name) if name.isascii() else len(_utf8(name, name)))
        size += bytes_used
        if bytes_used > largest[1]:
            largest = (name, bytes_used)
    if size > ROW_BYTES:
        raise TooLarge(f"{largest[0]}: a row has at most {ROW_BYTES} bytes, this one {size}, most of them here")
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
        raise InvalidValue(f"{where}: an int has at most 38 digits", value)
    if kind is float:
        if value - value == 0.0:
            return value, 10
        raise InvalidValue(f"{where}: a float must be finite, not {value!r}", value)
    if kind is bytes:
        return value, len(value)
    if kind is list or kind is dict:
        return _plain_container(where, value, depth + 1, decimals=decimals)
    return _plain_rare(where, value, decimals=decimals)


def _plain_container(where: str, value: Any, depth: int, *, decimals: bool) -> tuple[Any, int]:
    if depth > DEPTH:
        raise InvalidValue(f"{where}: lists and dicts nest at most {DEPTH} deep", value)
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
            raise InvalidValue(f"{where}: a field is named by text, not {name!r}")
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
            raise InvalidValue(f"{where}: a Decimal needs a table with a row type")
        return _plain_decimal(where, value), 22
    raise InvalidValue(
        f"{where}: a row cannot hold {type(value).__name__}; it holds None, bool, int, float, str, bytes, datetime, "
        "list and dict"
    )


def _plain_decimal(where: str, value: Any) -> Any:
    """Return the Decimal when DynamoDB can keep it: it keeps 38 digits between 1E-130 and 9.9E+125."""
    if not value.is_finite():
        raise InvalidValue(f"{where}: a Decimal must be finite, not {value}", value)
    digits = value.as_tuple().digits
    significant = len("".join(map(str, digits)).strip("0"))
    if significant > 38 or (value and not -130 <= value.adjusted() <= 125):
        raise InvalidValue(f"{where}: a Decimal has at most 38 digits and lies between 1E-130 and 9.9E+125", value)
    return value


def utc(where: str, value: Any, error: type[InvalidArgument] = InvalidValue) -> datetime:
    """Return an aware datetime in UTC. Raises `error` for a naive one."""
    from datetime import UTC, datetime

    if value.tzinfo is None or value.utcoffset() is None:
        raise error(f"{where}: a datetime must be aware: {value!r} has no time zone", value)
    if value.tzinfo is UTC and type(value) is datetime and not value.fold:
        return value
    try:
        moved = value.astimezone(UTC)
    except OverflowError as overflow:
        raise error(f"{where}: {value!r} lies outside the years 1 to 9999 in UTC", value) from overflow
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
    """Refuse a row that an update made too large. Raises TooLarge naming the largest field."""
    plain_row(row, decimals=True)


def expires_at(row: Row, ttl: str | None) -> datetime | None:
    """Return the end of a row's life, or None when it has none."""
    end = row.get(ttl) if ttl is not None else None
    if end is None:
        return None
    if type(end) is int:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(end, UTC)
    return end  # type: ignore[no-any-return]
