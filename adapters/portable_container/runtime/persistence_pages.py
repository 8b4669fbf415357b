"""Queries and scans: a request in, one page of rows out.

A filter is evaluated by the server. A page ends after SCANNED rows at the latest, also if the filter fits none of them: so a
page costs the same in a table of any size, and the next one goes on.
"""

from __future__ import annotations

from portable.persistence.driver import Query, Rows
from portable.persistence.pages import PAGE
from portable.persistence.query import matches
from portable_container.runtime.persistence_body import row_of
from portable_container.runtime.persistence_columns import index_columns, place, place_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from portable.persistence.driver import Scan
    from portable.persistence.query import SortCondition
    from portable_container.runtime.persistence_columns import Column
    from portable_container.runtime.persistence_statements import Statements

    Read = Callable[[str, list[Any]], list[tuple[Any, ...]]]

SCANNED = 10_000
"""How many rows a page with a filter looks at."""
_LAST = "\U0010ffff" * 64
"""Sorts after everything that may follow a prefix: a key has at most 255 bytes."""
_SIGNS = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def query_page(statements: Statements, query: Query, read: Read) -> Rows:
    """Return a page of a partition or of an index. `read` runs a statement."""
    columns: list[Column] = list(statements.keys)
    sorted_by = columns[1] if len(columns) > 1 else None
    if query.index is not None:
        shape = next(found for found in statements.shape["indexes"] if found["name"] == query.index.name)
        columns = [*index_columns(shape), *columns]
        sorted_by = columns[1] if shape["sort"] is not None else None
    values = [columns[0].value(query.key)]
    where = [f"{columns[0].sql} = $1"]
    if query.sort is not None:
        assert sorted_by is not None
        where += _range(sorted_by, query.sort, values)
    elif query.index is not None and sorted_by is not None:
        where.append(f"{sorted_by.sql} IS NOT NULL")
    order = columns[1:] if len(columns) > 1 else columns
    return _page(statements, query, where, values, order, read)


def scan_page(statements: Statements, scan: Scan, read: Read) -> Rows:
    """Return a page of the whole table, in the order of its key."""
    return _page(statements, scan, [], [], statements.keys, read)


def _page(
    statements: Statements,
    request: Query | Scan,
    where: list[str],
    values: list[Any],
    order: Sequence[Column],
    read: Read,
) -> Rows:
    reverse = isinstance(request, Query) and request.reverse
    ordered = ", ".join(f"{column.sql} {'DESC' if reverse else 'ASC'}" for column in order)
    if request.page is not None:
        start = len(values) + 1
        values += place(order, request.page)
        after = ", ".join(f"${number}" for number in range(start, len(values) + 1))
        where.append(f"({', '.join(column.sql for column in order)}) {'<' if reverse else '>'} ({after})")
    if statements.live:
        where.append(statements.live)
    fits, held = "true", list(values)
    by_hand = False
    if request.filter is not None:
        wanted = statements.holds(request.filter, held)
        by_hand = wanted is None
        fits, values = (fits, values) if wanted is None else (wanted, held)
    limit = request.limit or PAGE
    scanned = limit + 1 if request.filter is None else PAGE if by_hand else SCANNED
    chosen = f"FROM {statements.table} AS t WHERE {' AND '.join(where) or 'true'} ORDER BY {ordered} LIMIT {scanned}"
    if request.filter is None or by_hand:
        rows = [(text, True) for (text,) in read(f"SELECT t.body::text {chosen}", values)]
        last = len(rows) == scanned
    else:
        inner = f"SELECT t.body, row_number() OVER (ORDER BY {ordered}) AS n {chosen}"
        found = read(
            f"SELECT t.body::text, fits, n FROM ({inner}) AS t CROSS JOIN LATERAL (SELECT {fits} AS fits) AS f "  # noqa: S608
            f"WHERE fits OR n = {scanned} LIMIT {limit + 1}",
            values,
        )
        rows = [(text, fitting) for text, fitting, _ in found]
        last = bool(found) and found[-1][2] == scanned
    return _cut(rows, request, order, limit, by_hand=by_hand, last=last)


def _cut(
    found: list[tuple[str, bool]],
    request: Query | Scan,
    order: Sequence[Column],
    limit: int,
    *,
    by_hand: bool,
    last: bool,
) -> Rows:
    """Return the rows that fit, up to the limit. `last` says that there may be more after them."""
    rows: list[Any] = []
    row: Any = None
    for text, fitting in found:
        row = row_of(text)
        if not fitting or (by_hand and not matches(request.filter, row)):
            continue
        if len(rows) == limit:
            return Rows(rows, place_token(order, rows[-1]))
        rows.append(row)
    return Rows(rows, place_token(order, row) if last and request.filter is not None else None)


def _range(column: Column, condition: SortCondition, values: list[Any]) -> list[str]:
    """Return the conditions of a range. Their parameters are appended to `values`."""

    def given(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    low = column.value(condition.value)
    if condition.operator == "between":
        return [f"{column.sql} >= {given(low)}", f"{column.sql} <= {given(column.value(condition.upper))}"]
    if condition.operator == "begins_with":
        return [f"{column.sql} >= {given(low)}", f"{column.sql} < {given(low + _LAST)}"]
    return [f"{column.sql} {_SIGNS[condition.operator]} {given(low)}"]
