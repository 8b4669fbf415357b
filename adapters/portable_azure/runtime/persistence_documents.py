"""Converts rows to Cosmos DB documents and back.

A row lives under one property, so its fields may have any name:
`id` the sort value (or "row"), escaped to the characters an id may hold; `pk` the key as text, the partition key;
`at` key and sort as ordered text, by which partitions and the table are read in order; `row` the fields as
`portable.persistence.encoding.to_json` writes them; `x.<index>` the index's key `k` and its order `at`; `ttl` the seconds
after the last write at which Cosmos DB may delete the document.
"""

from __future__ import annotations

from portable.persistence.encoding import from_json, key_text, to_json
from portable.persistence.ordered import joined
from portable.persistence.table import index_key
from portable.persistence.values import expires_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from portable.persistence.driver import RowKey
    from portable.persistence.table import Table
    from portable.persistence.values import Row

    Document = dict[str, Any]

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:@+")


def id_of(key: RowKey) -> str:
    """Return the id of a row within its partition: at most 765 of the 1,023 bytes an id may have."""
    if key[1] is None:
        return "row"
    text = key_text(key[1])
    if _SAFE.issuperset(text):
        return text
    return "".join(char if char in _SAFE else "".join(f"~{byte:02x}" for byte in char.encode()) for char in text)


def partition_of(key: RowKey) -> str:
    """Return the partition key of a row."""
    return key_text(key[0])


def document_of(table: Table, key: RowKey, row: Row, now: datetime) -> Document:
    """Return a row as a document."""
    document: Document = {
        "id": id_of(key),
        "pk": partition_of(key),
        "at": joined(*key),
        "row": to_json(row),
    }
    indexed = {}
    for index in table.indexes:
        place = index_key(index, row)
        if place is not None:
            indexed[index.name] = {"k": key_text(place[0]), "at": joined(place[1], *key)}
    if indexed:
        document["x"] = indexed
    end = expires_at(row, table.ttl)
    if end is not None:
        from math import ceil

        document["ttl"] = min(max(1, ceil((end - now).total_seconds())), 2**31 - 1)
    return document


def row_of(document: Mapping[str, Any]) -> Row:
    """Return the row of a document."""
    return from_json(document["row"])  # type: ignore[no-any-return]
