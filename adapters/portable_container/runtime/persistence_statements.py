"""The SQL of one table: its shape and address in, statements and their parameters out."""

from __future__ import annotations

from portable.errors import ConfigurationError
from portable.persistence.query import matches
from portable_container.runtime.persistence_body import body_of
from portable_container.runtime.persistence_columns import key_columns, live, quoted
from portable_container.runtime.persistence_conditions import expressed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.persistence.query import Condition
    from portable.persistence.values import RowKey
    from portable.persistence.writes import Put
    from portable_container.runtime.persistence_columns import Shape

    Statement = tuple[str, list[Any]]


class Statements:
    """The statements of one table. `t` is the table in each of them."""

    def __init__(self, shape: Shape, address: str) -> None:
        """`address` is `<schema>.<table>`. Raises ConfigurationError for another form."""
        schema, _, table = address.partition(".")
        if not schema or not table:
            raise ConfigurationError(f"{address!r} is not the address of a table: write <schema>.<table>")
        self.shape = shape
        self.table = quoted(schema, table)
        self.keys = key_columns(shape)
        self.live = live(shape)
        self.and_live = f" AND {self.live}" if self.live else ""
        names = self.names = ["key", "sort"][: len(self.keys)]
        self.listed = ", ".join(f'"{name}"' for name in names)
        self.found = " AND ".join(f't."{name}" = ${number}' for number, name in enumerate(names, 1))
        body = f"${len(names) + 1}"
        self.get = f"SELECT t.body::text FROM {self.table} AS t WHERE {self.found}{self.and_live}"  # noqa: S608
        self.look = (
            f"SELECT t.body::text, t.xmin::text, {self.live or 'true'} FROM {self.table} AS t WHERE {self.found}"  # noqa: S608
        )
        self.insert = (
            f"INSERT INTO {self.table} AS t ({self.listed}, body) "  # noqa: S608
            f"VALUES ({', '.join(f'${number}' for number in range(1, len(names) + 1))}, {body}::jsonb) "
            f"ON CONFLICT ({self.listed}) DO"
        )
        self.put = f"{self.insert} UPDATE SET body = excluded.body"
        self.replace = f"UPDATE {self.table} AS t SET body = {body}::jsonb WHERE {self.found}"  # noqa: S608
        self.delete = f"DELETE FROM {self.table} AS t WHERE {self.found}"  # noqa: S608
        arrays = ", ".join(f"${number}::{_array(column.kind)}" for number, column in enumerate(self.keys, 1))
        self.many = f"unnest({arrays}) AS w ({self.listed})"
        self.many_bodies = f"unnest({arrays}, {body}::text[]) AS w ({self.listed}, body)"
        self.same = " AND ".join(f't."{name}" = w."{name}"' for name in names)

    def key(self, key: RowKey) -> list[Any]:
        """Return the parameters of a row's key."""
        return [column.value(value) for column, value in zip(self.keys, key, strict=False)]

    def columns(self, keys: Sequence[RowKey]) -> list[list[Any]]:
        """Return the keys of several rows as one array for each column."""
        return [[column.value(key[place]) for key in keys] for place, column in enumerate(self.keys)]

    def put_if(self, write: Put) -> Statement | None:
        """Return the statement of a conditional put, which returns a row if it was done. None: see `expressed`."""
        assert write.condition is not None
        values = [*self.key(write.key), body_of(write.row)]
        wanted = self.holds(write.condition, values)
        if wanted is None:
            return None
        if not matches(write.condition, {}):
            return f"{self.replace}{self.and_live} AND {wanted} RETURNING 1", values
        if self.live:
            wanted = f"(NOT {self.live} OR {wanted})"
        return f"{self.put} WHERE {wanted} RETURNING 1", values

    def delete_if(self, key: RowKey, condition: Condition) -> Statement | None:
        """Return the statement of a conditional delete: whether it was done, and whether a row was there."""
        values = self.key(key)
        wanted = self.holds(condition, values)
        if wanted is None:
            return None
        return (
            f"WITH gone AS ({self.delete}{self.and_live} AND {wanted} RETURNING 1) "  # noqa: S608
            f"SELECT EXISTS (SELECT 1 FROM gone), EXISTS ({self.get})"
        ), values

    def holds(self, condition: Condition, values: list[Any]) -> str | None:
        """Return a condition on a stored row. Its parameters are appended to `values`."""
        return expressed(condition, "t.body", values)


def _array(kind: str) -> str:
    return {"str": "text[]", "int": "bigint[]", "datetime": "timestamptz[]"}[kind]
