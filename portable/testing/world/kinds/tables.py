"""Tables."""

from __future__ import annotations

from typing import Any

from portable.persistence.clients import TableReader, TableWriter
from portable.persistence.memory import MemoryTable
from portable.testing.world.kinds.kind import Clock, Ids, Items, KitResource


def _make(table: Any, clock: Clock, _ids: Ids) -> MemoryTable:
    return MemoryTable(table, clock)


def _rows(snapshot: Any) -> Items:
    for key, rows in snapshot.items():
        for sort, row in rows.items():
            yield (repr(key) if sort is None else f"{key!r}, {sort!r}"), row


RESOURCE = KitResource(
    "table",
    _make,
    effects=("put", "update", "delete", "batch_write", "transact"),
    items=_rows,
    partial=("batch_write",),
    actions={
        "batch_get": ("get",),
        "scan": ("query",),
        "batch_write": ("put", "delete"),
        "transact": ("put", "update", "delete"),
    },
    clients=(TableReader, TableWriter),
)
