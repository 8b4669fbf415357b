"""Removes expired rows: the shapes of tables in, the number of removed rows out. Reads never return them anyway.

The schedule role does it. Its role may delete in tables with a time to live (`schema_roles.scheduler_actions`).
"""

from __future__ import annotations

from portable_container.runtime.persistence_columns import NOW, expires, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.persistence_columns import Shape

ROWS = 1000
"""Rows of one statement: it holds their locks for a moment only."""


def sweep(postgres: Postgres, schema: str, tables: Iterable[Shape]) -> int:
    """Remove every expired row of the tables that have a time to live. Rows that others have locked are left for later."""
    removed = 0
    for shape in tables:
        if shape["ttl"] is None:
            continue
        table, ends = quoted(schema, shape["name"]), expires(shape)
        statement = (
            f"DELETE FROM {table} WHERE ctid IN (SELECT t.ctid FROM {table} AS t WHERE {ends} IS NOT NULL "  # noqa: S608
            f"AND {ends} <= {NOW} LIMIT {ROWS} FOR UPDATE SKIP LOCKED) RETURNING 1"
        )
        while found := len(postgres.rows(statement, [], f'table "{shape["name"]}" (PostgreSQL {schema})')):
            removed += found
    return removed
