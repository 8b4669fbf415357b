"""Conditional writes for stores with version checks only: read the row, decide here, write if the version is the same.

The caller gives a function that reads a row with its version, and one that writes it if the version is unchanged.
"""

from __future__ import annotations

from portable.errors import Throttled
from portable.persistence.values import check_size
from portable.persistence.writes import Update, outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.backoff import Backoff
    from portable.persistence.driver import RowKey
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Write


class Stale(Exception):
    """The row was changed by another writer after it was read."""


def decide(table: Table, write: Write, stored: Row | None) -> Row | None:
    """Return the row after the write. Raises Conflict, or TooLarge if an update makes the row too large."""
    row = outcome(table, write, stored)
    if isinstance(write, Update) and row is not None:
        check_size(row)
    return row


def change(
    table: Table,
    write: Write,
    read: Callable[[RowKey], tuple[Row | None, Any]],
    store: Callable[[RowKey, Row | None, Any], None],
    backoff: Backoff,
) -> Row | None:
    """Do one write and return the row after it.

    `read` returns the live row or None, and the stored version (None if nothing is stored). `store` writes a row if the
    version is unchanged, or deletes it if the row is None; otherwise it raises Stale. Raises Conflict for a false
    condition, Throttled if other writers kept changing the row until the deadline.
    """

    def attempt() -> Row | None:
        stored, version = read(write.key)
        row = decide(table, write, stored)
        store(write.key, row, version)
        return row

    return until_fresh(attempt, backoff, table, write.key)  # type: ignore[no-any-return]


def until_fresh(attempt: Callable[[], Any], backoff: Backoff, table: Table, key: RowKey) -> Any:
    """Return the result of `attempt`. It is repeated while it raises Stale or Throttled."""
    try:
        return backoff.call(attempt, _again)
    except Stale as stale:
        raise Throttled(
            f'table "{table.name}", row {key}: other writers kept changing it until the deadline'
        ) from stale


def _again(error: Exception) -> bool:
    return isinstance(error, (Stale, Throttled))
