"""Tables."""

from __future__ import annotations

from typing import Any

from portable.persistence.async_clients import AsyncTableReadWriter
from portable.persistence.clients import TableReader, TableReadWriter, TableWriter
from portable.persistence.memory import MemoryTable
from portable.persistence.table import Table
from portable.testing.paging import every_item
from portable.testing.world.kinds.kind import Clock, Ids, Items, KitResource
from portable.testing.world.kinds.part import CloudPart, expect


class TableView(TableReadWriter[Any]):
    """Everything a table can do, and all its rows at once."""

    __slots__ = ()

    def rows(self) -> list[Any]:
        """Return every row that has not expired."""
        return list(every_item(lambda page: self.scan(page=page)))


class Tables(CloudPart):
    """What `cloud` shows of tables."""

    def table(self, table: Table) -> TableView:
        """Return a client of a table that may do everything."""
        return TableView(expect(table, Table), self._drivers)


def _make(table: Any, clock: Clock, _ids: Ids) -> MemoryTable:
    return MemoryTable(table, clock)


def _rows(snapshot: Any) -> Items:
    for key, rows in snapshot.items():
        for sort, row in rows.items():
            yield (repr(key) if sort is None else f"{key!r}, {sort!r}"), row


RESOURCE = KitResource(
    "table",
    _make,
    TableView,
    AsyncTableReadWriter,
    effects=("put", "update", "delete", "batch_write", "transact"),
    items=_rows,
    partial=("batch_write",),
    clients=(TableReader, TableWriter),
)
