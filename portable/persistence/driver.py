"""The protocol of table drivers: take plain rows and frozen requests, return plain rows, raise only our errors.

To write a driver, implement `TableDriver`. `portable.base.awaited` makes its async twin. The suite in
`portable.conformance.table` tests every promise.

A driver is made for one `Table` and one address. Its arguments are already checked: keys and rows are in the plain form
of `portable.persistence.values`, index fields have their declared types, and no two writes of a batch name the same
row.
"""

from __future__ import annotations

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from portable.persistence.query import Condition, SortCondition
    from portable.persistence.table import Index
    from portable.persistence.values import KeyValue, Row
    from portable.persistence.values import RowKey as RowKey
    from portable.persistence.writes import Delete, Put, Update, Write

    class TableDriver(Protocol):
        """One table of one store. It is safe to call from several threads at once.

        Every method raises PermissionDenied, Throttled (after retries with backoff until the deadline), Unavailable,
        Timeout, or NotFound if the table itself does not exist. The store's own exception is the `__cause__`.

        Time to live: if the `ttl` field of a row is not later than now, every method treats the row as missing.
        """

        def get(self, key: RowKey, *, consistent: bool) -> Row | None:
            """Return the row, or None. With `consistent` it includes every write that finished before the call."""
            ...

        def put(self, write: Put) -> None:
            """Replace the whole row. Raises Conflict if the condition is false for the stored row."""
            ...

        def update(self, write: Update) -> Row:
            """Change fields in one step and return the changed row. A missing row is created.

            Raises Conflict for a false condition, for `add` to a field that is not a number, and for `append` to a
            field that is not a list. Raises TooLarge if the row would be too large.
            """
            ...

        def delete(self, write: Delete) -> None:
            """Delete the row. A missing row is not an error. Raises Conflict if the condition is false."""
            ...

        def query(self, query: Query) -> Rows:
            """Return one page of a partition or of an index, in the order of the sort key (text by code point).

            `next` is the token of the next page, None at the end. It stays valid after a restart, and when the row that
            it was made from is deleted. A page may hold fewer rows than `limit`, or none, and still have a `next`.
            """
            ...

        def scan(self, scan: Scan) -> Rows:
            """Return one page of the whole table, in any order. Each row is returned once."""
            ...

        def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:
            """Return any number of rows in the order of `keys`. A missing row is None."""
            ...

        def batch_write(self, writes: Sequence[Put | Delete]) -> None:
            """Do any number of writes in any order. They have no conditions and are not one transaction.

            They are split into the batches of the store and retried. It raises only if some write may not be done.
            """
            ...

        def transact(self, writes: Sequence[Write]) -> None:
            """Do all writes or none: at most 100, all with one partition key.

            Raises Conflict naming the first failed row.
            """
            ...

        def unwrap(self, native: type) -> object:
            """Return the client of the store if it is of type `native`, else None."""
            ...


class Query(Value):
    """Requests a page of the rows under `key`, in the table or in `index`. `limit` is None or at least 1."""

    key: KeyValue
    sort: SortCondition | None = None
    reverse: bool = False
    limit: int | None = None
    filter: Condition | None = None
    index: Index | None = None
    page: str | None = None


class Scan(Value):
    """Requests a page of the whole table. `limit` is None or at least 1."""

    filter: Condition | None = None
    limit: int | None = None
    page: str | None = None


class Rows(Value):
    """A page of plain rows, and the token of the next page (None at the end)."""

    rows: list[Row]
    next: str | None
