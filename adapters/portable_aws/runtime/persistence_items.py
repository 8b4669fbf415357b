"""Converts rows to DynamoDB items and back, without loss.

Numbers are N, whole floats below 1E38 as whole numbers. Values for which DynamoDB has no type are text that begins with @:
`@2026-11-25T00:12:14.000000Z` is a time, `@:` and 16 hexadecimal digits a float beyond the range of N (1E-130 to
9.9E+125). Other text that begins with @ gets a second @. Both kinds sort like their values. `@ttl` is the attribute of
DynamoDB's time to live, in epoch seconds. A field name that is empty or begins with @ gets an @ in front.
Types: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

from portable.persistence.encoding import time_text, time_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from portable.persistence.values import Row

    Attribute = dict[str, Any]

TTL = "@ttl"
TIMES = ("@0", "@:")
FLOATS = ("@:", "@;")
"""The bounds of the text that stands for other values. Real text never lies between them."""
_INT_END = 10**38


def attribute_name(name: str) -> str:
    """Return the name of a field's attribute."""
    return "@" + name if name[:1] in ("@", "") else name


def attribute(value: Any) -> Attribute:
    """Return a plain value as an attribute value."""
    kind = type(value)
    if kind is str:
        return {"S": "@" + value if value[:1] == "@" else value}
    if kind is int:
        return {"N": str(value)}
    if kind is bool:
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if kind is dict:
        return {"M": {attribute_name(name): attribute(item) for name, item in value.items()}}
    if kind is list:
        return {"L": [attribute(item) for item in value]}
    if kind is float:
        return _float(value)
    if kind is bytes:
        return {"B": value}
    if kind.__name__ == "datetime":
        return {"S": "@" + time_text(value)}
    return {"N": str(value)}


def value_of(attribute: Attribute) -> Any:
    """Return the plain value of an attribute value. Sets, which portable never writes, become lists."""
    ((kind, value),) = attribute.items()
    if kind == "S":
        return _text(value) if value[:1] == "@" else value
    if kind == "N":
        return _number(value)
    if kind == "BOOL":
        return value
    if kind == "NULL":
        return None
    if kind == "M":
        return {name[1:] if name[:1] == "@" else name: value_of(item) for name, item in value.items()}
    if kind == "L":
        return [value_of(item) for item in value]
    if kind == "B":
        return bytes(value)
    return [value_of({kind[0]: item}) for item in value]


def item_of(row: Row, ttl: str | None) -> dict[str, Attribute]:
    """Return a row as an item."""
    item = {attribute_name(name): attribute(value) for name, value in row.items()}
    if ttl is not None and row.get(ttl) is not None:
        item[TTL] = {"N": str(epoch_seconds(row[ttl]))}
    return item


def row_of(item: Mapping[str, Attribute]) -> Row:
    """Return an item as a row."""
    return {
        name[1:] if name[:1] == "@" else name: value_of(attribute) for name, attribute in item.items() if name != TTL
    }


def epoch_seconds(end: Any) -> int:
    """Return the end of a row's life in whole seconds, rounded up: DynamoDB never deletes too early."""
    from math import ceil

    return end if type(end) is int else ceil(end.timestamp())


def is_beyond(value: float) -> bool:
    """Return whether a float lies outside the range of N."""
    return value != 0 and not 1e-130 <= abs(value) < 1e126


def ordered_float(value: float) -> str:
    """Return a float as text that sorts by value."""
    from struct import pack

    bits = int.from_bytes(pack(">d", value))
    return f"@:{bits ^ (2**64 - 1) if bits >> 63 else bits | 2**63:016x}"


def _float(value: float) -> Attribute:
    if -1e38 < value < 1e38 and value == int(value):
        return {"N": str(int(value))}
    return {"S": ordered_float(value)} if is_beyond(value) else {"N": repr(value)}


def _text(text: str) -> Any:
    mark = text[1:2]
    if mark == "@":
        return text[1:]
    try:
        if mark == ":":
            from struct import unpack

            bits = int(text[2:], 16)
            bits = bits ^ 2**63 if bits >> 63 else bits ^ (2**64 - 1)
            return unpack(">d", bits.to_bytes(8))[0]
        return time_value(text[1:])
    except ValueError:
        return text  # not written by portable


def _number(text: str) -> Any:
    try:
        whole = int(text)
    except ValueError:
        from decimal import Decimal

        exact = Decimal(text)
        if exact == exact.to_integral_value() and abs(exact) < _INT_END:
            return int(exact)
        number = float(text)
        return number if Decimal(repr(number)) == exact else exact
    return whole if -_INT_END < whole < _INT_END else float(text)
