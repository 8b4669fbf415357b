"""Converts rows to Firestore documents and back, without loss.

`at` is key and sort as ordered text, and also the document's name. Partitions and the table are read in its order. `row`
holds the fields in Firestore's own types. `x.<index>` holds an index's key, its sort and the document, as one ordered text.
`expires` is the time after which Firestore may delete the document.

Values for which Firestore has no type become text that begins with @: `@n…` is an int beyond 64 bits or a Decimal; `@j…` is
a list in a list, or a dict with a name that Firestore reserves, as the JSON of `portable.persistence.encoding`. Other text
that begins with @ gets a second @. (https://firebase.google.com/docs/firestore/manage-data/data-types, …/quotas)
"""

from __future__ import annotations

from portable.persistence.encoding import from_json, to_json
from portable.persistence.ordered import joined
from portable.persistence.table import index_key
from portable.persistence.values import expires_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from portable.persistence.driver import RowKey
    from portable.persistence.table import Index, Table
    from portable.persistence.values import Row

NAME_BYTES = 1500
"""The largest size, in bytes, of a field's name and of the indexed part of a text."""


def name_of(key: RowKey) -> str:
    """Return the name of a row's document, which also gives its order. It has at most 1,192 bytes."""
    return joined(*key)


def fields_of(table: Table, key: RowKey, row: Row) -> dict[str, Any]:
    """Return a row as a document's fields."""
    name = name_of(key)
    fields: dict[str, Any] = {"at": name, "row": {field: encoded(value) for field, value in row.items()}}
    if not all(map(_is_plain, row)):
        fields["row"] = _json(row)
    fields["x"] = {index.name: place for index in table.indexes if (place := _place(index, row, name)) is not None}
    fields["expires"] = expires_at(row, table.ttl)
    return fields


def row_of(fields: Mapping[str, Any]) -> Row:
    """Return the row of a document."""
    row = fields["row"]
    if isinstance(row, str):
        return decoded(row)  # type: ignore[no-any-return]
    return {field: decoded(value) for field, value in row.items()}


def encoded(value: Any, *, listed: bool = False) -> Any:
    """Return a plain value in Firestore's types. `listed` says that it is an item of a list."""
    kind = type(value)
    if kind is str:
        return "@" + value if value[:1] == "@" else value
    if value is None or kind is bool or kind is float or kind is bytes:
        return value
    if kind is int:
        return value if -(2**63) <= value < 2**63 else f"@n{value}"
    if kind is list:
        return _json(value) if listed else [encoded(item, listed=True) for item in value]
    if kind is dict:
        return {name: encoded(item) for name, item in value.items()} if all(map(_is_plain, value)) else _json(value)
    return value if kind.__name__ == "datetime" else f"@n{value}"


def decoded(value: Any) -> Any:
    """Return the plain value that `encoded` wrote."""
    kind = type(value)
    if kind is str:
        return _tagged(value) if value[:1] == "@" else value
    if kind is list:
        return [decoded(item) for item in value]
    if kind is dict:
        return {name: decoded(item) for name, item in value.items()}
    if value is None or kind is bool or kind is int or kind is float or kind is bytes:
        return value
    from portable.persistence.values import utc

    return utc("", value)


def _json(value: Any) -> str:
    import json

    return "@j" + json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"))


def _tagged(text: str) -> Any:
    if text[1:2] == "j":
        import json

        return from_json(json.loads(text[2:]))
    return from_json(text)


def _is_plain(name: str) -> bool:
    """Return whether Firestore allows the name of a field: not empty, not __x__, at most 1,500 bytes."""
    return name != "" and not (name[:2] == "__" and name[-2:] == "__") and len(name) * 4 <= NAME_BYTES


def _place(index: Index, row: Row, name: str) -> str | None:
    key = index_key(index, row)
    if key is None:
        return None
    place = joined(*key)
    if len((place + name).encode()) <= NAME_BYTES:
        return place + name
    from hashlib import sha256

    return place + sha256(name.encode()).hexdigest()  # rows with equal sort may have any order
