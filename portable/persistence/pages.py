"""Makes one page of rows for stores that read rows in their order. A page ends where the next row would be too much."""

from __future__ import annotations

from portable.persistence.driver import Rows
from portable.persistence.encoding import page_token
from portable.persistence.query import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from portable.persistence.query import Condition
    from portable.persistence.values import Row

    Placed = tuple[tuple[str, ...], Row | None]
    """A position and the row there, or None if the row has expired."""

PAGE = 1000
"""The number of rows of a page if no limit is given."""


def page_of(found: Iterable[Placed], wanted: Condition | None, limit: int | None) -> Rows:
    """Return the first rows that match, and the token of the last one's position if there are more."""
    rows: list[Row] = []
    last: tuple[str, ...] = ()
    for place, row in found:
        if row is None or not matches(wanted, row):
            continue
        if len(rows) == (limit or PAGE):
            return Rows(rows, page_token(*last))
        rows.append(row)
        last = place
    return Rows(rows, None)
