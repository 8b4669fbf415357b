"""Converts stored rows to the declared row type. The error for a row that does not fit names its table and key.

A stored row may come from an older release or from another program.
"""

from __future__ import annotations

from portable.errors import InvalidRow, InvalidValue
from portable.persistence.page import Page
from portable.persistence.tokens import sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.persistence.driver import Query, Rows, Scan
    from portable.persistence.shape import Shape
    from portable.persistence.values import Row


def read_row(shape: Shape, row: Row) -> Any:
    """Return a stored row in its row type. Raises InvalidRow."""
    codec = shape.codec
    row = _in_order(shape, row)
    if codec is None:
        return row
    try:
        return codec.decode(row)
    except InvalidValue as error:
        key = row.get(shape.key_name), row.get(shape.sort_name) if shape.sort_name is not None else None
        shown = repr(key[0]) if shape.sort_name is None else f"{key[0]!r}, {key[1]!r}"
        said = (
            f'table "{shape.table.name}", row {shown}: the stored row does not fit {shape.table.row.__name__}: {error}'
        )
        raise InvalidRow(said, shape.table.name, key) from error


def _in_order(shape: Shape, row: Row) -> Row:
    """Return a row with its keys first and its other fields sorted by name.

    Some stores keep no order of fields, and others have one of their own.
    """
    found: Row = _sorted(row)
    first = {name: found[name] for name in (shape.key_name, shape.sort_name) if name is not None and name in found}
    return first | found


def _sorted(value: Any) -> Any:
    if type(value) is dict:
        return {name: _sorted(item) if type(item := value[name]) in _NESTED else item for name in sorted(value)}
    return [_sorted(item) if type(item) in _NESTED else item for item in value]


_NESTED = (dict, list)


def read_page(shape: Shape, request: Query | Scan, rows: Rows, on_invalid: str) -> Page[Any]:
    """Return a page of rows. A row that does not fit raises InvalidRow with the page, or is skipped with a warning."""
    if on_invalid not in ("raise", "skip"):
        raise InvalidValue(f'on_invalid={on_invalid!r} must be "raise" or "skip"')
    items: list[Any] = []
    page = Page(items, sealed(rows.next, shape.table, request))
    wrong: InvalidRow | None = None
    for row in rows.rows:
        try:
            items.append(read_row(shape, row))
        except InvalidRow as error:
            wrong = wrong or error
            if on_invalid == "skip":
                _warn(error)
    if wrong is not None and on_invalid == "raise":
        wrong.page = page
        raise wrong
    return page


def _warn(error: InvalidRow) -> None:
    from logging import getLogger

    getLogger("portable").warning("a row is left out of a page: %s", error)
