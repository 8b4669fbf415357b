"""Tables in a SQLite file: takes a declaration and a path; returns a table driver.

`portable invoke` uses it. Several processes and threads of one machine may share a file, and one file
may hold many tables.
"""

from __future__ import annotations

import json

from portable.persistence.encoding import from_json, key_text, page_position
from portable.persistence.pages import page_of
from portable.persistence.values import utc_now
from portable.persistence.writes import Put, Update, outcome
from portable_local.runtime.persistence_file import SqliteFile
from portable_local.runtime.persistence_schema import Schema, columns_of, key_texts, microseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from portable.persistence.driver import Query, RowKey, Rows, Scan
    from portable.persistence.query import Condition, SortCondition
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Delete, Write

SWEEP_EVERY = 500
"""Writes between two removals of expired rows."""


def table_driver(table: Table, path: str, clock: Callable[[], datetime] = utc_now) -> SqliteTable:
    """Return the driver of a table in the SQLite file at `path`, which is made at the first call."""
    return SqliteTable(table, path, clock)


class SqliteTable:
    """A `TableDriver` over one SQLite file."""

    threads = 8

    def __init__(self, table: Table, path: str, clock: Callable[[], datetime]) -> None:
        self.table = table
        self._clock = clock
        self._schema = Schema(table)
        self._file = SqliteFile(path, self._schema.prepare)
        self._writes = 0

    def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102
        with self._file.lease() as connection:
            return self._read(connection, key)

    def put(self, write: Put) -> None:  # noqa: D102
        if write.condition is not None:
            self.transact([write])
            return
        with self._file.write_once() as connection:
            self._schema.store(connection, write.key, write.row)
        self._sweep()

    def update(self, write: Update) -> Row:  # noqa: D102
        with self._file.write() as connection:
            row = self._write(connection, write)
        assert row is not None
        return row

    def delete(self, write: Delete) -> None:  # noqa: D102
        self.transact([write])

    def transact(self, writes: Sequence[Write]) -> None:  # noqa: D102
        with self._file.write() as connection:
            for write in writes:
                self._write(connection, write)
        self._sweep()

    def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:  # noqa: D102
        with self._file.lease() as connection:
            return [self._read(connection, key) for key in keys]

    def batch_write(self, writes: Sequence[Put | Delete]) -> None:  # noqa: D102
        for start in range(0, len(writes), 500):  # other writers can write between two parts
            self.transact(writes[start : start + 500])

    def query(self, query: Query) -> Rows:  # noqa: D102
        key, order = "pk", ["sk"]
        if query.index is not None:
            key, sort = columns_of(query.index)
            order = [sort, "pk", "sk"]
        where, given = [f'"{key}"=?'], [key_text(query.key)]
        if query.sort is not None:
            ranged, bounds = _range(f'"{order[0]}"', query.sort)
            where += ranged
            given += bounds
        return self._paged(where, given, order, query.filter, query.limit, query.page, reverse=query.reverse)

    def scan(self, scan: Scan) -> Rows:  # noqa: D102
        return self._paged([], [], ["pk", "sk"], scan.filter, scan.limit, scan.page, reverse=False)

    def unwrap(self, native: type) -> object:
        """Return the driver for `SqliteTable`, the path for `str`."""
        return self._file.path if native is str else self if isinstance(self, native) else None

    def close(self) -> None:  # noqa: D102
        self._file.close()

    def _read(self, connection: sqlite3.Connection, key: RowKey) -> Row | None:
        found = self._schema.read(connection, key)
        return None if found is None else self._row(*found)

    def _write(self, connection: sqlite3.Connection, write: Write) -> Row | None:
        """Do one write in the open transaction. Return the row as it is now."""
        needs_row = write.condition is not None or isinstance(write, Update)
        row = outcome(self.table, write, self._read(connection, write.key) if needs_row else None)
        if row is None:
            connection.execute(self._schema.delete, key_texts(write.key))
        elif isinstance(write, (Put, Update)):
            self._schema.store(connection, write.key, row)
        return row

    def _row(self, body: str, expires: int | None) -> Row | None:
        """Return the row that a body holds, or None if it has expired."""
        if expires is not None and expires <= microseconds(self._clock()):
            return None
        return from_json(json.loads(body))  # type: ignore[no-any-return]

    def _sweep(self) -> None:
        """Remove expired rows now and then. This only frees space: expired rows are never returned anyway."""
        if self.table.ttl is None:
            return
        self._writes += 1
        if self._writes % SWEEP_EVERY == 0:
            with self._file.write_once() as connection:
                connection.execute(self._schema.sweep, (microseconds(self._clock()),))

    def _paged(
        self,
        where: list[str],
        given: list[str],
        order: list[str],
        wanted: Condition | None,
        limit: int | None,
        page: str | None,
        *,
        reverse: bool,
    ) -> Rows:
        columns = ", ".join(f'"{column}"' for column in order)
        if page is not None:
            where = [*where, f"({columns}) {'<' if reverse else '>'} ({', '.join('?' * len(order))})"]
            given = [*given, *page_position(page, len(order))]
        ordered = ", ".join(f'"{column}" {"DESC" if reverse else "ASC"}' for column in order)
        statement = (
            f"SELECT body, expires, {columns} FROM {self._schema.name} "  # noqa: S608
            f"WHERE {' AND '.join(where) or '1'} ORDER BY {ordered}"
        )
        with self._file.lease() as connection:
            cursor = connection.execute(statement, given)
            try:
                found = ((tuple(place), self._row(body, expires)) for body, expires, *place in cursor)
                return page_of(found, wanted, limit)
            finally:
                cursor.close()


_LAST = "\U0010ffff" * 64
"""Sorts after everything that may follow a prefix: a key has at most 255 bytes."""


def _range(column: str, condition: SortCondition) -> tuple[list[str], list[str]]:
    value = key_text(condition.value)
    operator = condition.operator
    if operator == "between":
        return [f"{column}>=?", f"{column}<=?"], [value, key_text(condition.upper)]
    if operator == "begins_with":
        return [f"{column}>=?", f"{column}<?"], [value, value + _LAST]
    signs = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
    return [f"{column}{signs[operator]}?"], [value]
