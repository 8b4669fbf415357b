"""The columns of a table: its shape in, SQL expressions for keys, indexes and the end of a row's life out.

A row is `body`, a JSONB value. `key` and `sort` are columns of their own, in their own types. An index of a declaration is a
B-tree over expressions on `body`. So PostgreSQL keeps it up to date for every program that writes rows, also for one that
does not know the index. A shape is what `portable.persistence.shape.describe` returns.
"""

from __future__ import annotations

from portable.errors import InvalidValue
from portable.persistence.encoding import page_position, page_token, to_json
from portable_container.runtime.persistence_body import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from portable.persistence.values import Row

    Shape = Mapping[str, Any]

TYPES = {"str": 'text COLLATE "C"', "int": "bigint", "datetime": "timestamptz"}
"""Collation "C" sorts UTF-8 by code point."""
NOW = "(statement_timestamp() AT TIME ZONE 'UTC')"
"""The server's time: all processes share its clock."""


class Column:
    """One value that orders rows: of the key, the sort or an index. `sql` is its expression, `field` the field."""

    def __init__(self, field: str, kind: str, sql: str, *, stored: bool) -> None:
        """`stored` says that it is a column. Else it is an expression on the body, where values are JSON."""
        self.field = field
        self.kind = kind
        self.sql = sql
        self._stored = stored

    def value(self, value: Any) -> Any:
        """Return a plain value as the parameter to compare with."""
        if self.kind == "str":
            return text_of(value) if self._stored else text_of(to_json(value))
        if self.kind == "int":
            from psycopg.types.numeric import Int8

            return Int8(value)
        return value if self._stored else to_json(value)

    def fits(self, value: Any) -> bool:
        """Return whether a value of a page token is one of this column."""
        if self.kind == "datetime":
            return type(value).__name__ == "datetime" and value.tzinfo is not None
        return type(value).__name__ == self.kind and (self.kind == "int" or _is_unicode(value))


def key_columns(shape: Shape, table: str = "t") -> tuple[Column, ...]:
    """Return the columns of a row's key: one, or two for a table with a sort field."""
    found = [Column(shape["key"]["name"], shape["key"]["type"], f'{table}."key"', stored=True)]
    if shape["sort"] is not None:
        found.append(Column(shape["sort"]["name"], shape["sort"]["type"], f'{table}."sort"', stored=True))
    return tuple(found)


def index_columns(index: Mapping[str, Any], body: str = "t.body") -> tuple[Column, ...]:
    """Return the expressions of an index: its key, and its sort if it has one."""
    return tuple(
        Column(part["name"], part["type"], _indexed(part, body), stored=False)
        for part in (index["key"], index["sort"])
        if part is not None
    )


def _indexed(part: Mapping[str, Any], body: str) -> str:
    """Return the expression of an index field. It is NULL for a row that has no such value."""
    name = literal(part["name"])
    if part["type"] == "int":
        return f"(CASE WHEN jsonb_typeof({body} -> {name}) = 'number' THEN ({body} -> {name})::numeric END)"
    return f"((CASE WHEN jsonb_typeof({body} -> {name}) = 'string' THEN {body} ->> {name} END) COLLATE \"C\")"


def expires(shape: Shape, body: str = "t.body") -> str:
    """Return the end of a row's life as a timestamp in UTC. It is NULL for a row that does not expire."""
    name = literal(shape["ttl"])
    text = f"({body} ->> {name})"
    number = f"({body} -> {name})::numeric"
    parts = ", ".join(f"substr({text}, {start}, 2)::int" for start in (7, 10, 13, 16))
    return (
        f"(CASE jsonb_typeof({body} -> {name}) "
        f"WHEN 'number' THEN CASE WHEN {number} BETWEEN 0 AND 253402300799 "
        f"THEN timestamp '1970-01-01' + {number}::float8 * interval '1 second' END "
        f"WHEN 'string' THEN CASE WHEN {text} ~ '^@[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:]{{8}}[.][0-9]{{6}}Z$' "
        f"THEN make_timestamp(substr({text}, 2, 4)::int, {parts}, substr({text}, 19, 9)::float8) END END)"
    )


def live(shape: Shape) -> str:
    """Return the condition that a row has not expired. It is empty for a table without a time to live."""
    return "" if shape["ttl"] is None else f"coalesce({expires(shape)}, 'infinity') > {NOW}"


def place_token(columns: Sequence[Column], row: Row) -> str:
    """Return the page token of the place of a row in the order of columns."""
    return page_token(*(row[column.field] for column in columns))


def place(columns: Sequence[Column], token: str) -> list[Any]:
    """Return the parameters of the place of a token. Raises InvalidValue for a token of another query."""
    found = page_position(token, len(columns), object)
    if not all(column.fits(value) for column, value in zip(columns, found, strict=True)):
        raise InvalidValue("page: this token does not belong to this query", token)
    return [column.value(value) for column, value in zip(columns, found, strict=True)]


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text_of(text).replace("'", "''") + "'"


def quoted(*names: str) -> str:
    """Return a name as an SQL identifier, such as "schema"."table"."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
