"""Writes for stores that can only say "if nobody changed it": read the row, decide here, write under its version.

In: how to read a row with its version and how to write one under a version. Out: the row as it is after the write.
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
    """Somebody else changed the row after it was read."""


def decide(table: Table, write: Write, stored: Row | None) -> Row | None:
    """Return the row as it is after the write. Raises Conflict, and TooLarge for an update that grew too far."""
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

    `read` returns the live row or None, and the version of what is stored, None when nothing is. `store` writes a row,
    or deletes for None, when the version is still that one, and raises Stale otherwise. Raises Conflict for a false
    condition, Throttled when others kept changing the row until the deadline.
    """

    def attempt() -> Row | None:
        stored, version = read(write.key)
        row = decide(table, write, stored)
        store(write.key, row, version)
        return row

    return until_fresh(attempt, backoff, table, write.key)  # type: ignore[no-any-return]


def until_fresh(attempt: Callable[[], Any], backoff: Backoff, table: Table, key: RowKey) -> Any:
    """Return what `attempt` returns, again while it raises Stale or Throttled."""
    try:
        return backoff.call(attempt, _again)
    except Stale as stale:
        raise Throttled(f'table "{table.name}", row {key}: others kept changing it until the deadline') from stale


def _again(error: Exception) -> bool:
    return isinstance(error, (Stale, Throttled))
