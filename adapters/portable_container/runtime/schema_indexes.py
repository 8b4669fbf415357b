"""The indexes of a table: its shape in, their names and SQL out.

The name of an index ends with a digest of what it indexes. So an index that is declared differently under the same name is
another one, and an older version keeps its own.
"""

from __future__ import annotations

from portable.base.values import Value
from portable_container.runtime.persistence_columns import expires, index_columns, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portable_container.runtime.connections import Connection
    from portable_container.runtime.persistence_columns import Shape

_LONGEST = 63
"""Bytes of a name in PostgreSQL; what is longer would be cut off silently."""
MARK = "portable"


class MadeIndex(Value):
    """An index: `on` are its expressions, `where` the rows that it holds."""

    name: str
    on: str
    where: str


def indexes_of(shape: Shape) -> Iterator[MadeIndex]:
    """Yield the declared indexes of a table, and the one that finds expired rows."""
    keys = '"key"' if shape["sort"] is None else '"key", "sort"'
    for index in shape["indexes"]:
        columns = [column.sql for column in index_columns(index, "body")]
        where = " AND ".join(f"{column} IS NOT NULL" for column in columns)
        yield _index(shape["name"], index["name"], ", ".join([*columns, keys]), where)
    if shape["ttl"] is not None:
        ends = expires(shape, "body")
        yield _index(shape["name"], "expires", f"({ends})", f"{ends} IS NOT NULL")


def _index(table: str, name: str, on: str, where: str) -> MadeIndex:
    from hashlib import sha256

    end = f"_{MARK}_{sha256(f'{table} {name} {on} {where}'.encode()).hexdigest()[:8]}"
    return MadeIndex(f"{table}_{name}"[: _LONGEST - len(end)] + end, on, where)


def made_indexes(connection: Connection, schema: str, tables: Iterable[str]) -> dict[str, bool]:
    """Return the indexes of ours that exist on some tables, and whether they can be used."""
    found = connection.run(
        "SELECT index.relname, made.indisvalid FROM pg_index AS made JOIN pg_class AS index ON index.oid = made.indexrelid "
        "WHERE made.indrelid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name) AND index.relname ~ $2",
        [[quoted(schema, table) for table in tables], f"_{MARK}_[0-9a-f]{{8}}$"],
    )
    return dict(found.fetchall())
