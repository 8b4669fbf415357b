"""A transaction: takes writes of rows under one key; at the end of the `with` block all of them are done, or none."""

from __future__ import annotations

from portable.errors import InvalidValue, TooLarge
from portable.persistence.query import Condition

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any, Self

    from portable.persistence.shape import Shape
    from portable.persistence.values import KeyValue, RowKey
    from portable.persistence.writes import Write

WRITES = 100
"""The largest number of writes. Cosmos DB allows 100 operations in one batch, DynamoDB 100 in one transaction."""
BYTES = 1_500_000
"""The largest size in bytes. Cosmos DB takes at most 2 MB of JSON in one batch."""


class Writes:
    """The writes of a transaction. Each is checked at once; all are written when the block ends without an error.

    `at` is the sort value of the row (nothing for a table without sort). Key and sort together are accepted too.
    """

    def __init__(self, shape: Shape, key: Any, connect: Callable[[], Any]) -> None:
        """`connect` returns the driver, when the block ends."""
        self._shape = shape
        self._connect = connect
        self._key = shape.partition(key)
        self._writes: dict[RowKey, Write] = {}
        self._bytes = 0

    def put(self, row: Any, if_absent: bool = False, condition: Condition | None = None) -> None:
        """Replace the whole row. It must have the key of the transaction."""
        self._hold(self._shape.put(row, condition, if_absent=if_absent))

    def update(
        self,
        *at: KeyValue,
        sort: KeyValue | None = None,
        set: Mapping[str, Any] | None = None,  # noqa: A002
        remove: Iterable[str] = (),
        add: Mapping[str, Any] | None = None,
        append: Mapping[str, Any] | None = None,
        condition: Condition | None = None,
    ) -> None:
        """Change fields of the row. A missing row is created."""
        self._hold(self._shape.update(self._at(at, sort), set, remove, add, append, condition))

    def delete(self, *at: KeyValue, sort: KeyValue | None = None, condition: Condition | None = None) -> None:
        """Delete the row. It is not an error if the row is missing."""
        self._hold(self._shape.delete(self._at(at, sort), condition))

    def require(
        self, *at: KeyValue | Condition, sort: KeyValue | None = None, condition: Condition | None = None
    ) -> None:
        """Require a condition on a row without writing it. The default condition is that the row exists."""
        if at and isinstance(at[-1], Condition):
            condition, at = at[-1], at[:-1]
        self._hold(self._shape.require(self._at(at, sort), condition))

    def _at(self, at: tuple[Any, ...], sort: Any) -> RowKey:
        shape = self._shape
        if len(at) == 2:
            self._check(at[0])
            return shape.key(*at)
        if len(at) > 2 or (at and sort is not None):
            raise InvalidValue("give only the sort value of a row of this transaction")
        if shape.sort_name is None:
            if at:
                self._check(at[0])
            return shape.key(self._key, sort)
        return shape.key(self._key, at[0] if at else sort)

    def _check(self, key: Any) -> None:
        if self._shape.partition(key) != self._key:
            raise InvalidValue(
                f"{self._shape.key_name}: this transaction is for the key {self._key!r}, not {key!r}", key
            )

    def _hold(self, write: Write) -> None:
        from portable.persistence.values import plain_value

        self._check(write.key[0])
        if write.key in self._writes:
            raise InvalidValue(
                f"{self._shape.key_name}: two writes of this transaction name the same row {write.key}", write.key
            )
        if len(self._writes) == WRITES:
            raise TooLarge(f"a transaction can have at most {WRITES} writes")
        for name in ("row", "set", "append"):
            part = getattr(write, name, None)
            if part:
                self._bytes += plain_value(name, dict(part), -1, decimals=True)[1]
        if self._bytes > BYTES:
            raise TooLarge(f"the rows of a transaction can have at most {BYTES} bytes in total")
        self._writes[write.key] = write


class Transaction(Writes):
    """`with rows.transaction(key) as t:`. At the end all writes are done, or none and Conflict names the row."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None and self._writes:
            self._connect().transact(list(self._writes.values()))


class AsyncTransaction(Writes):
    """`async with rows.transaction(key) as t:`. The methods do not wait; all writes are done at the end."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None and self._writes:
            await self._connect().transact(list(self._writes.values()))
