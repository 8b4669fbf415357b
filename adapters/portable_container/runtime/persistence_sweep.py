"""Removes expired rows: the shapes of tables in, the number of removed rows out. Reads never return them anyway.

The schedule role does it. Its role may delete in tables with a time to live (`schema_roles.scheduler_actions`).
"""

from __future__ import annotations

from portable_container.runtime.persistence_columns import NOW, expires, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portable_container.runtime.clients import Postgres
    from portable_container.runtime.persistence_columns import Shape

ROWS = 1000
"""Rows of one statement: it holds their locks for a moment only."""


def sweep(
    postgres: Postgres, schema: str, tables: Iterable[Shape], may_go_on: Callable[[], bool] = lambda: True
) -> int:
    """Remove every expired row of the tables that have a time to live. Return how many.

    `may_go_on` is asked after each statement that removed all it may: it can wait, or end the work.
    """
    removed = 0
    for shape in tables:
        if shape["ttl"] is None:
            continue
        table, ends = quoted(schema, shape["name"]), expires(shape)
        over = f"{ends} IS NOT NULL AND {ends} <= {NOW}"
        some = f"ARRAY (SELECT t.ctid FROM {table} AS t WHERE {over} LIMIT {ROWS})"  # noqa: S608
        statement = f"DELETE FROM {table} AS t WHERE t.ctid = ANY ({some}) AND {over} RETURNING 1"  # noqa: S608
        # it takes no lock but that of DELETE: its role may not update, and a row that is renewed meanwhile stays
        while found := len(postgres.rows(statement, [], f'table "{shape["name"]}" (PostgreSQL {schema})')):
            removed += found
            if found == ROWS and not may_go_on():
                return removed
    return removed
