"""A table in memory, for tests. It keeps the promises of a store and has a settable clock and snapshots."""

from __future__ import annotations

from portable.persistence.driver import Rows
from portable.persistence.encoding import key_text, page_position
from portable.persistence.pages import page_of
from portable.persistence.table import field_name, row_key
from portable.persistence.values import copy_row, live, utc_now
from portable.persistence.writes import outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from portable.persistence.driver import Query, RowKey, Scan
    from portable.persistence.query import Condition, SortCondition
    from portable.persistence.table import Table
    from portable.persistence.values import KeyValue, Row
    from portable.persistence.writes import Delete, Put, Update, Write

    Position = tuple[str, ...]
    Partitions = dict[KeyValue, dict[KeyValue | None, Row]]


class MemoryTable:
    """A `TableDriver` over dicts. `clock` returns the aware time. It decides which rows have expired."""

    def __init__(self, table: Table, clock: Callable[[], datetime] = utc_now) -> None:
        from threading import RLock

        self.table = table
        self._clock = clock
        self._lock = RLock()
        self._partitions: Partitions = {}

    def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102
        with self._lock:
            row = self._live(key)
        return None if row is None else copy_row(row)

    def put(self, write: Put) -> None:  # noqa: D102
        self.transact([write])

    def update(self, write: Update) -> Row:  # noqa: D102
        with self._lock:
            row = self._outcome(write)
            assert row is not None
            self._store(write.key, row)
            return copy_row(row)

    def delete(self, write: Delete) -> None:  # noqa: D102
        self.transact([write])

    def transact(self, writes: Sequence[Write]) -> None:  # noqa: D102
        with self._lock:
            results = [(write.key, self._outcome(write)) for write in writes]
            for key, row in results:
                self._store(key, row)

    def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:  # noqa: D102
        return [self.get(key, consistent=False) for key in keys]

    def batch_write(self, writes: Sequence[Put | Delete]) -> None:  # noqa: D102
        self.transact(writes)

    def query(self, query: Query) -> Rows:  # noqa: D102
        key_field, sort_field = field_name(self.table.key), self.table.sort
        if query.index is not None:
            key_field, sort_field = field_name(query.index.key), query.index.sort
        sort_name = field_name(sort_field) if sort_field is not None else None
        with self._lock:
            if query.index is None:
                found: Iterable[Row] = self._partitions.get(query.key, {}).values()
            else:
                found = [row for rows in self._partitions.values() for row in rows.values()]
            placed = [
                (self._position(row, sort_name), row)
                for row in found
                if row.get(key_field) == query.key and (sort_name is None or sort_name in row)
            ]
        chosen = [(place, row) for place, row in placed if sort_name is None or in_range(query.sort, row[sort_name])]
        chosen.sort(key=lambda item: item[0], reverse=query.reverse)
        if query.page is not None:
            after = tuple(page_position(query.page, 3))
            chosen = [item for item in chosen if (item[0] < after if query.reverse else item[0] > after)]
        return self._paged(chosen, query.filter, query.limit)

    def scan(self, scan: Scan) -> Rows:  # noqa: D102
        with self._lock:
            placed = [(self._position(row, None), row) for rows in self._partitions.values() for row in rows.values()]
        placed.sort(key=lambda item: item[0])
        if scan.page is not None:
            after = tuple(page_position(scan.page, 3))
            placed = [item for item in placed if item[0] > after]
        return self._paged(placed, scan.filter, scan.limit)

    def unwrap(self, native: type) -> object:
        """Return this table itself."""
        return self if isinstance(self, native) else None

    def snapshot(self) -> object:
        """Return the current rows, for `restore`. It is cheap, because rows are replaced and never changed."""
        with self._lock:
            return {key: dict(rows) for key, rows in self._partitions.items()}

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of this table. A snapshot can be restored many times."""
        assert isinstance(snapshot, dict)
        with self._lock:
            self._partitions = {key: dict(rows) for key, rows in snapshot.items()}

    def _live(self, key: RowKey) -> Row | None:
        row = self._partitions.get(key[0], {}).get(key[1])
        return None if row is None else live(row, self.table.ttl, self._clock)

    def _outcome(self, write: Write) -> Row | None:
        return outcome(self.table, write, self._live(write.key))

    def _store(self, key: RowKey, row: Row | None) -> None:
        if row is not None:
            self._partitions.setdefault(key[0], {})[key[1]] = copy_row(row)
        elif key[0] in self._partitions:
            self._partitions[key[0]].pop(key[1], None)

    def _position(self, row: Row, sort_name: str | None) -> Position:
        key, sort = row_key(self.table, row)
        place = row[sort_name] if sort_name is not None else None
        return tuple("" if value is None else key_text(value) for value in (place, key, sort))

    def _paged(self, placed: list[tuple[Position, Row]], wanted: Condition | None, limit: int | None) -> Rows:
        page = page_of(((place, live(row, self.table.ttl, self._clock)) for place, row in placed), wanted, limit)
        return Rows([copy_row(row) for row in page.rows], page.next)


def in_range(condition: SortCondition | None, value: KeyValue) -> bool:
    """Return whether a sort value is in the range. Without a range every value is."""
    if condition is None:
        return True
    text, bound = key_text(value), key_text(condition.value)
    operator = condition.operator
    if operator == "begins_with":
        return text.startswith(bound)
    if operator == "between":
        return bound <= text <= key_text(condition.upper)
    if operator == "eq":
        return text == bound
    if operator in ("lt", "le"):
        return text < bound or (operator == "le" and text == bound)
    return text > bound or (operator == "ge" and text == bound)
