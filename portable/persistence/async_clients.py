"""The clients of a table, one class per permission: take keys, rows and conditions, return rows and pages of rows.

The type of the parameter is the permission. `get` of a missing row raises NotFound unless it has a default. Values
outside `portable.persistence.values` are refused before the call, and the error names the field.

Made from portable/persistence/clients.py by tools/twins.py: change that file, then run the tool.
"""

from __future__ import annotations

from portable.base.client import Client
from portable.base.generic import Generic, R
from portable.errors import Conflict, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal, TypeVar

    from portable.base.drivers import Drivers
    from portable.persistence.driver import Query, Rows, Scan
    from portable.persistence.page import Page
    from portable.persistence.query import Condition, SortCondition
    from portable.persistence.shape import Shape
    from portable.persistence.table import Index, Table
    from portable.persistence.transaction import AsyncTransaction
    from portable.persistence.values import KeyValue

    D = TypeVar("D")

_RAISE: Any = object()
_READS: dict[str, str] = dict.fromkeys(
    ("get", "batch_get", "query", "scan"), "AsyncTableReader or AsyncTableReadWriter"
)
_WRITES: dict[str, str] = dict.fromkeys(
    ("put", "update", "delete", "batch_write", "transaction"), "AsyncTableWriter or AsyncTableReadWriter"
)


class _Of(Client, Generic[R]):
    """The checks that all clients of a table make before they call the driver."""

    __slots__ = ("_shape",)
    kind = "table"
    asynchronous = True

    def __init__(self, resource: Table, drivers: Drivers) -> None:
        super().__init__(resource, drivers)
        self._shape: Shape | None = None

    def _checks(self) -> Shape:
        shape = self._shape
        if shape is None:
            from portable.persistence.shape import Shape

            shape = self._shape = Shape(self.resource)
        return shape

    def _row(self, row: Any) -> R:
        from portable.persistence.reading import read_row

        return read_row(self._checks(), row)  # type: ignore[no-any-return]

    def _page(self, request: Query | Scan, rows: Rows, on_invalid: str) -> Page[R]:
        from portable.persistence.reading import read_page

        return read_page(self._checks(), request, rows, on_invalid)


class _Reads(_Of[R]):
    __slots__ = ()

    async def get(
        self,
        key: KeyValue,
        sort: KeyValue | None = None,
        *,
        default: D = _RAISE,
        consistent: bool = False,
    ) -> R | D:
        """Return the row.

        With `consistent` it includes every finished write. Raises NotFound unless `default` is given.
        """
        row = await self._connect().get(self._checks().key(key, sort), consistent=consistent)
        if row is not None:
            return self._row(row)
        if default is _RAISE:
            shown = repr(key) if sort is None else f"{key!r}, {sort!r}"
            raise NotFound(f'table "{self.resource.name}" has no row {shown}')
        return default

    async def batch_get(self, keys: Iterable[KeyValue | tuple[KeyValue, KeyValue]]) -> list[R | None]:
        """Return the rows in the order of `keys` (keys, or pairs of key and sort). A missing row is None."""
        wanted = self._checks().keys_of(keys)
        rows = await self._connect().batch_get(wanted) if wanted else []
        return [None if row is None else self._row(row) for row in rows]

    async def query(
        self,
        key: KeyValue,
        sort: SortCondition | KeyValue | None = None,
        reverse: bool = False,
        limit: int | None = None,
        filter: Condition | None = None,  # noqa: A002
        index: str | Index | None = None,
        page: str | None = None,
        on_invalid: Literal["raise", "skip"] = "raise",
    ) -> Page[R]:
        """Return one page of the rows under `key`, in the order of the sort field. An `index` may lag behind writes.

        If a stored row does not fit the row type, InvalidRow is raised. With `on_invalid="skip"` the row is left out
        and a warning is logged.
        """
        query = self._checks().query(key, sort, reverse, limit, filter, index, page)
        return self._page(query, await self._connect().query(query), on_invalid)

    async def scan(
        self,
        filter: Condition | None = None,  # noqa: A002
        limit: int | None = None,
        page: str | None = None,
        on_invalid: Literal["raise", "skip"] = "raise",
    ) -> Page[R]:
        """Return one page of the whole table, in any order. `on_invalid` is the same as for `query`."""
        request = self._checks().scan(filter, limit, page)
        return self._page(request, await self._connect().scan(request), on_invalid)


class _Writes(_Of[R]):
    __slots__ = ()

    async def put(self, row: R, if_absent: bool = False, condition: Condition | None = None) -> None:
        """Replace the whole row. Raises Conflict if the condition is false, or with `if_absent` if the row exists."""
        await self._connect().put(self._checks().put(row, condition, if_absent=if_absent))

    async def update(
        self,
        key: KeyValue,
        sort: KeyValue | None = None,
        *,
        set: Mapping[str, Any] | None = None,  # noqa: A002
        remove: Iterable[str] = (),
        add: Mapping[str, Any] | None = None,
        append: Mapping[str, Any] | None = None,
        condition: Condition | None = None,
    ) -> R:
        """Change fields in one step and return the changed row. A missing row is created.

        It is not an error to `remove` a missing field. `add` starts at 0. `append` adds the items of a list, or one
        other value. Raises Conflict if the condition is false, or if a field is not a number for `add` or not a list
        for `append`. Raises InvalidValue (a ValueError) if two clauses name the same field.
        """
        checks = self._checks()
        write = checks.update(checks.key(key, sort), set, remove, add, append, condition)
        try:
            row = await self._connect().update(write)
        except Conflict as error:
            if not write.why:
                raise
            raise Conflict(f"{error}{write.why}") from error
        return self._row(row)

    async def delete(self, key: KeyValue, sort: KeyValue | None = None, condition: Condition | None = None) -> None:
        """Delete the row. It is not an error if the row is missing. Raises Conflict if the condition is false."""
        checks = self._checks()
        await self._connect().delete(checks.delete(checks.key(key, sort), condition))

    async def batch_write(
        self, puts: Iterable[R] = (), deletes: Iterable[KeyValue | tuple[KeyValue, KeyValue]] = ()
    ) -> None:
        """Do any number of writes.

        They are split and retried, and no failure is hidden. They are not one transaction.
        """
        writes = self._checks().batch(puts, deletes)
        if writes:
            await self._connect().batch_write(writes)

    def transaction(self, key: KeyValue) -> AsyncTransaction:
        """Return a block of writes to rows under `key`. When it ends, all are done, or none and Conflict is raised."""
        from portable.persistence.transaction import AsyncTransaction

        return AsyncTransaction(self._checks(), key, self._connect)


class AsyncTableReader(_Reads[R]):
    """Reads rows."""

    __slots__ = ()
    actions = ("get", "query")
    granted_by = _WRITES


class AsyncTableWriter(_Writes[R]):
    """Writes rows. It reads only the row that it writes."""

    __slots__ = ()
    actions = ("put", "update", "delete")
    granted_by = _READS


class AsyncTableReadWriter(_Reads[R], _Writes[R]):
    """Reads and writes rows."""

    __slots__ = ()
    actions = ("get", "query", "put", "update", "delete")
