"""What a store must offer to be a table: plain rows and frozen requests in, plain rows out, errors of the tree only.

Whoever writes a driver implements `TableDriver`; an asynchronous twin comes free with
`portable.persistence.asynchronous.AsyncTable`, or is written against `AsyncTableDriver`. The suite in
`portable.conformance.table` decides whether the promises are kept.

A driver is made for one `Table` and one address. What it is given was checked before: keys and rows are in the plain
form of `portable.persistence.values`, index fields have their declared types, no two writes of a batch name one row.
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
    from portable.persistence.writes import Delete, Put, Update, Write

    RowKey = tuple[KeyValue, KeyValue | None]
    """The value of the key field, and of the sort field or None when the table has none."""

    class TableDriver(Protocol):
        """One table of one store. Safe to call from several threads at once.

        Every method raises PermissionDenied, Throttled (after retries with backoff until the deadline), Unavailable,
        Timeout, or NotFound when the table itself does not exist, with the store's own exception as `__cause__`.
        Time to live: a row whose `ttl` field is not after now is a missing row to every method.
        """

        def get(self, key: RowKey, *, consistent: bool) -> Row | None:
            """Return the row, or None. `consistent` sees every write that was finished before the call."""
            ...

        def put(self, write: Put) -> None:
            """Replace the whole row when its condition holds for the stored one. Raises Conflict when it does not."""
            ...

        def update(self, write: Update) -> Row:
            """Change fields in one step and return the row as it is now; a missing row is created.

            Raises Conflict for a false condition, for `add` to what is no number and `append` to what is no list,
            and TooLarge when the row would be.
            """
            ...

        def delete(self, write: Delete) -> None:
            """Delete the row when its condition holds; a missing row is no error. Raises Conflict."""
            ...

        def query(self, query: Query) -> Rows:
            """Return one page of a partition, or of an index, in the order of the sort key (text by code point).

            `next` is the token of the page after it, None at the end; it stays valid after a restart and when the row
            it was made from is gone. A page may hold fewer rows than `limit`, or none, and still have a `next`.
            """
            ...

        def scan(self, scan: Scan) -> Rows:
            """Return one page of the whole table, in an order of the store's own, each row once."""
            ...

        def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:
            """Return the rows in the order of `keys`, of any number; None where there is none."""
            ...

        def batch_write(self, writes: Sequence[Put | Delete]) -> None:
            """Do all writes, of any number, in any order; they carry no conditions and are not one transaction.

            Split into the store's batches and retried. Raises only when some write is not known to be done.
            """
            ...

        def transact(self, writes: Sequence[Write]) -> None:
            """Do all writes or none; at most 100, all of one partition key. Raises Conflict naming the first row."""
            ...

        def unwrap(self, native: type) -> object:
            """Return the store's own client when it is of type `native`, else None."""
            ...

        def close(self) -> None:
            """Give back connections; a later call may open them again."""
            ...

    class AsyncTableDriver(Protocol):
        """The same promises for `async def` handlers; calls run at once, not one after the other."""

        async def get(self, key: RowKey, *, consistent: bool) -> Row | None: ...  # noqa: D102
        async def put(self, write: Put) -> None: ...  # noqa: D102
        async def update(self, write: Update) -> Row: ...  # noqa: D102
        async def delete(self, write: Delete) -> None: ...  # noqa: D102
        async def query(self, query: Query) -> Rows: ...  # noqa: D102
        async def scan(self, scan: Scan) -> Rows: ...  # noqa: D102
        async def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]: ...  # noqa: D102
        async def batch_write(self, writes: Sequence[Put | Delete]) -> None: ...  # noqa: D102
        async def transact(self, writes: Sequence[Write]) -> None: ...  # noqa: D102
        def unwrap(self, native: type) -> object: ...  # noqa: D102
        async def close(self) -> None: ...  # noqa: D102


class Query(Value):
    """A page of the rows under `key`, of the table or of `index`; `limit` is None or at least 1."""

    key: KeyValue
    sort: SortCondition | None = None
    reverse: bool = False
    limit: int | None = None
    filter: Condition | None = None
    index: Index | None = None
    page: str | None = None


class Scan(Value):
    """A page of the whole table; `limit` is None or at least 1."""

    filter: Condition | None = None
    limit: int | None = None
    page: str | None = None


class Rows(Value):
    """A page of plain rows and the token of the next page, None at the end."""

    rows: list[Row]
    next: str | None
