"""Transactions: writes of one partition in, the rows after them out, or nothing done.

A transaction takes a lock of its partition, reads its rows under row locks, decides, and writes. The lock of the partition
keeps two transactions apart that require a row which does not exist; nothing else could lock that. A row that another writer
makes in between raises Stale, and the transaction begins anew.
"""

from __future__ import annotations

from portable.persistence.optimistic import Stale
from portable.persistence.table import row_key
from portable.persistence.writes import Require, outcome
from portable_container.runtime.persistence_body import body_of, row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.persistence.driver import RowKey
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Write
    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.connections import Connection
    from portable_container.runtime.persistence_statements import Statements


def write_all(table: Table, sql: Statements, writes: Sequence[Write], postgres: Postgres) -> list[Row | None]:
    """Do all writes. Raises Conflict naming the first failed row, and Stale if it must be tried again."""
    keys = [write.key for write in writes]
    locked = (
        f"SELECT t.body::text, {sql.live or 'true'} FROM {sql.table} AS t JOIN {sql.many} ON {sql.same} "  # noqa: S608
        f"ORDER BY {', '.join(column.sql for column in sql.keys)} FOR UPDATE OF t"
    )
    with postgres.lend() as connection, connection.pipeline(), connection.transaction():
        connection.run("SELECT pg_advisory_xact_lock($1)", [_number(sql.table, keys[0][0])])
        found = connection.run(locked, sql.columns(keys)).fetchall()
        stored: dict[RowKey, tuple[Row, bool]] = {}
        for text, is_live in found:
            row = row_of(text)
            stored[row_key(table, row)] = row, is_live
        after = []
        for write in writes:
            row, is_live = stored.get(write.key, ({}, False))
            after.append(outcome(table, write, row if is_live else None))
        changed = [(write.key, row) for write, row in zip(writes, after, strict=True) if not isinstance(write, Require)]
        _store(connection, sql, changed, stored)
    return after


def _store(
    connection: Connection, sql: Statements, changed: list[tuple[RowKey, Row | None]], stored: dict[RowKey, Any]
) -> None:
    new = [(key, row) for key, row in changed if row is not None and key not in stored]
    old = [(key, row) for key, row in changed if row is not None and key in stored]
    gone = [key for key, row in changed if row is None and key in stored]
    if old:
        statement = f"UPDATE {sql.table} AS t SET body = w.body::jsonb FROM {sql.many_bodies} WHERE {sql.same}"  # noqa: S608
        connection.run(statement, _values(sql, old))
    if gone:
        connection.run(f"DELETE FROM {sql.table} AS t USING {sql.many} WHERE {sql.same}", sql.columns(gone))  # noqa: S608
    if new:
        statement = (
            f"INSERT INTO {sql.table} AS t ({sql.listed}, body) "  # noqa: S608
            f"SELECT {sql.listed}, body::jsonb FROM {sql.many_bodies} ON CONFLICT DO NOTHING RETURNING 1"
        )
        if len(connection.run(statement, _values(sql, new)).fetchall()) < len(new):
            raise Stale


def _values(sql: Statements, rows: list[tuple[RowKey, Row]]) -> list[Any]:
    return [*sql.columns([key for key, _ in rows]), [body_of(row) for _, row in rows]]


def _number(table: str, partition: Any) -> int:
    """Return the number of a partition's lock. Two partitions with one number only wait for one another."""
    from hashlib import blake2b

    digest = blake2b(f"{table}\0{partition!r}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
