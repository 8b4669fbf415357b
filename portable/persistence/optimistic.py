"""Conditional writes for stores with version checks only: read the row, decide here, write if the version is the same."""

from __future__ import annotations

from abc import ABC, abstractmethod

from portable.errors import Throttled
from portable.persistence.values import live
from portable.persistence.writes import outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any, TypeVar

    from portable.base.backoff import Backoff
    from portable.base.calls import Calls
    from portable.persistence.table import Table
    from portable.persistence.values import Row, RowKey
    from portable.persistence.writes import Delete, Put, Update, Write

    T = TypeVar("T")


class Stale(Exception):
    """The row was changed by another writer after it was read."""


def until_fresh(attempt: Callable[[], T], backoff: Backoff, table: Table, key: RowKey) -> T:
    """Return the result of `attempt`. It is repeated while it raises Stale or Throttled."""
    try:
        return backoff.call(attempt, _again)
    except Stale as stale:
        raise Throttled(
            f'table "{table.name}", row {key}: other writers kept changing it until the deadline'
        ) from stale


def _again(error: Exception) -> bool:
    return isinstance(error, (Stale, Throttled))


class VersionedTable(ABC):
    """The part of a `TableDriver` that is the same for every store with version checks only."""

    def __init__(self, table: Table, address: str, kind: str, calls: Calls, clock: Callable[[], datetime]) -> None:
        """`kind` is the provider's word for what is at the address."""
        self.table = table
        self.address = address
        self._what = f'table "{table.name}" ({kind} {address})'
        self._calls = calls
        self._backoff = calls.backoff
        self._clock = clock

    @abstractmethod
    def _read(self, key: RowKey) -> tuple[Row | None, Any]:
        """Return the live row or None, and the stored version or None if nothing is stored. Not repeated."""

    @abstractmethod
    def _store(self, key: RowKey, row: Row | None, version: Any) -> None:
        """Write the row, or delete it if None. Raises Stale if the stored version is another. Not repeated."""

    @abstractmethod
    def _overwrite(self, key: RowKey, row: Row) -> None:
        """Write the row, whatever is stored."""

    @abstractmethod
    def _remove(self, key: RowKey) -> None:
        """Delete what is stored, if anything is."""

    def put(self, write: Put) -> None:  # noqa: D102
        if write.condition is None:
            self._overwrite(write.key, write.row)
        else:
            self._change(write)

    def update(self, write: Update) -> Row:  # noqa: D102
        row = self._change(write)
        assert row is not None
        return row

    def delete(self, write: Delete) -> None:  # noqa: D102
        if write.condition is None:
            self._remove(write.key)
        else:
            self._change(write)

    def _change(self, write: Write) -> Row | None:
        """Do a conditional write and return the row after it. Raises Conflict if its condition is false."""

        def attempt() -> Row | None:
            stored, version = self._read(write.key)
            row = outcome(self.table, write, stored)
            self._store(write.key, row, version)
            return row

        return until_fresh(attempt, self._backoff, self.table, write.key)

    def _live(self, row: Row) -> Row | None:
        return live(row, self.table.ttl, self._clock)

    def _do(self, action: Callable[[], T]) -> T:
        """Make a call that may be repeated. It is retried while the service is busy or unavailable."""
        return self._calls.call(action, self._what)

    def _once(self, action: Callable[[], T]) -> T:
        return self._calls.once(action, self._what)
