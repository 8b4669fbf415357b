"""Tables in PostgreSQL: takes a declaration and `<schema>.<table>`; returns a table driver.

It uses the connections of `clients.shared()` (PORTABLE_POSTGRES or libpq's variables). `unwrap(ConnectionPool)` gives the pool.
`schema.migrate` makes the table.
"""

from __future__ import annotations

from portable.base.calls import passing, slowed
from portable.persistence.optimistic import Stale, until_fresh
from portable.persistence.query import matches
from portable.persistence.shape import describe
from portable.persistence.table import row_key
from portable.persistence.writes import Delete, Put, conflict, outcome
from portable_container.runtime.clients import shared
from portable_container.runtime.persistence_body import body_of, row_of
from portable_container.runtime.persistence_pages import query_page, scan_page
from portable_container.runtime.persistence_statements import Statements
from portable_container.runtime.persistence_transaction import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from portable.persistence.driver import Query, RowKey, Rows, Scan
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Update, Write
    from portable_container.runtime.clients import Postgres

BATCH = 100
"""Rows of one statement of a batch: at most 39 MB."""


def table_driver(table: Table, address: str, postgres: Postgres | None = None) -> PostgresTable:
    """Return the driver of a table. Nothing is opened before its first call."""
    return PostgresTable(table, address, postgres or shared())


class PostgresTable:
    """A `TableDriver` over one table. Each call but a transaction and an update is one statement."""

    def __init__(self, table: Table, address: str, postgres: Postgres) -> None:
        self.table = table
        self.threads = postgres.most
        self._postgres = postgres
        self._statements = Statements(describe(table), address)
        self._what = f'table "{table.name}" (PostgreSQL {address})'

    def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102
        found = self._read(self._statements.get, self._statements.key(key))
        return row_of(found[0][0]) if found else None

    def put(self, write: Put) -> None:  # noqa: D102
        if write.condition is None:
            values = [*self._statements.key(write.key), body_of(write.row)]
            self._run(self._statements.put, values, passing)
            return
        statement = self._statements.put_if(write)
        if statement is None:
            self._change(write)
        elif not self._run(*statement, slowed):
            raise conflict(self.table, write.key)

    def update(self, write: Update) -> Row:  # noqa: D102
        row = self._change(write)
        assert row is not None
        return row

    def delete(self, write: Delete) -> None:  # noqa: D102
        if write.condition is None:
            self._run(self._statements.delete, self._statements.key(write.key), passing)
            return
        statement = self._statements.delete_if(write.key, write.condition)
        if statement is None:
            self._change(write)
            return
        ((done, there),) = self._run(*statement, slowed)
        if there and not done:
            self._change(write)  # another writer may have been first, so it is decided by the row as it is now
        elif not there and not matches(write.condition, {}):
            raise conflict(self.table, write.key)

    def query(self, query: Query) -> Rows:  # noqa: D102
        return query_page(self._statements, query, self._read)

    def scan(self, scan: Scan) -> Rows:  # noqa: D102
        return scan_page(self._statements, scan, self._read)

    def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:  # noqa: D102
        found: dict[RowKey, Row] = {}
        wanted, sql = list(dict.fromkeys(keys)), self._statements
        statement = f"SELECT t.body::text FROM {sql.many} JOIN {sql.table} AS t ON {sql.same}"  # noqa: S608
        if sql.live:
            statement += f" WHERE {sql.live}"
        for start in range(0, len(wanted), BATCH):
            for (text,) in self._read(statement, sql.columns(wanted[start : start + BATCH])):
                row = row_of(text)
                found[row_key(self.table, row)] = row
        return [found.get(key) for key in keys]

    def batch_write(self, writes: Sequence[Put | Delete]) -> None:  # noqa: D102
        sql = self._statements
        puts = sorted((write for write in writes if isinstance(write, Put)), key=lambda write: write.key)
        gone = sorted(write.key for write in writes if not isinstance(write, Put))  # one order, so no deadlock
        put = (
            f"INSERT INTO {sql.table} AS t ({sql.listed}, body) "  # noqa: S608
            f"SELECT {sql.listed}, body::jsonb FROM {sql.many_bodies} "
            f"ON CONFLICT ({sql.listed}) DO UPDATE SET body = excluded.body"
        )
        for start in range(0, len(puts), BATCH):
            some = puts[start : start + BATCH]
            values = [*sql.columns([write.key for write in some]), [body_of(write.row) for write in some]]
            self._run(put, values, passing)
        for start in range(0, len(gone), BATCH):
            statement = f"DELETE FROM {sql.table} AS t USING {sql.many} WHERE {sql.same}"  # noqa: S608
            self._run(statement, sql.columns(gone[start : start + BATCH]), passing)

    def transact(self, writes: Sequence[Write]) -> None:  # noqa: D102
        self._locked(writes)

    def unwrap(self, native: type) -> object:
        """Return psycopg's pool of connections for `psycopg_pool.ConnectionPool`."""
        found = self._postgres.pool()
        return found if isinstance(found, native) else None

    def _change(self, write: Write) -> Row | None:
        """Do one write that needs the stored row, if the row is the same when it is written. Else lock the row.

        A delete is tried again instead: its role may not lock, for which PostgreSQL wants the right to update.
        """
        if isinstance(write, Delete):
            return until_fresh(lambda: self._if_unchanged(write), self._postgres.calls.backoff, self.table, write.key)
        try:
            return self._if_unchanged(write)
        except Stale:
            return self._locked([write])[0]

    def _if_unchanged(self, write: Write) -> Row | None:
        sql, key = self._statements, self._statements.key(write.key)
        found = self._read(sql.look, key)
        text, version, is_live = found[0] if found else (None, None, False)
        row = outcome(self.table, write, row_of(text) if text is not None and is_live else None)
        if version is None:
            done = row is None or self._run(f"{sql.insert} NOTHING RETURNING 1", [*key, body_of(row)], slowed)
        elif row is None:
            statement = f"{sql.delete} AND t.xmin = ${len(key) + 1}::xid RETURNING 1"
            done = self._run(statement, [*key, version], slowed)
        else:
            statement = f"{sql.replace} AND t.xmin = ${len(key) + 2}::xid RETURNING 1"
            done = self._run(statement, [*key, body_of(row), version], slowed)
        if not done:
            raise Stale
        return row

    def _locked(self, writes: Sequence[Write]) -> list[Row | None]:
        """Do writes in a transaction that locks their rows. Return the rows after it."""

        def attempt() -> list[Row | None]:
            return self._postgres.calls.once(
                lambda: write_all(self.table, self._statements, writes, self._postgres), self._what
            )

        return until_fresh(attempt, self._postgres.calls.backoff, self.table, writes[0].key)

    def _read(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return self._postgres.rows(statement, values, self._what, passing)

    def _run(self, statement: str, values: list[Any], again: Callable[[Exception], bool]) -> list[tuple[Any, ...]]:
        """Run a write. A conditional one is not repeated if its outcome is unknown: its success could make it fail."""
        return self._postgres.rows(statement, values, self._what, again)
