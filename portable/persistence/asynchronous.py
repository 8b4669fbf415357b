"""Makes an `AsyncTableDriver` from a blocking table driver and a function that runs its calls."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from portable.persistence.driver import Query, RowKey, Rows, Scan, TableDriver
    from portable.persistence.values import Row
    from portable.persistence.writes import Delete, Put, Update, Write


class AsyncTable:
    """An async table driver. `run(function, *arguments)` runs each call; it is `Threads.run` or `at_once`."""

    def __init__(self, driver: TableDriver, run: Callable[..., Awaitable[Any]]) -> None:
        self.driver = driver
        self._run = run

    async def get(self, key: RowKey, *, consistent: bool) -> Row | None:  # noqa: D102
        return await self._run(_get, self.driver, key, consistent)  # type: ignore[no-any-return]

    async def put(self, write: Put) -> None:  # noqa: D102
        await self._run(self.driver.put, write)

    async def update(self, write: Update) -> Row:  # noqa: D102
        return await self._run(self.driver.update, write)  # type: ignore[no-any-return]

    async def delete(self, write: Delete) -> None:  # noqa: D102
        await self._run(self.driver.delete, write)

    async def query(self, query: Query) -> Rows:  # noqa: D102
        return await self._run(self.driver.query, query)  # type: ignore[no-any-return]

    async def scan(self, scan: Scan) -> Rows:  # noqa: D102
        return await self._run(self.driver.scan, scan)  # type: ignore[no-any-return]

    async def batch_get(self, keys: Sequence[RowKey]) -> list[Row | None]:  # noqa: D102
        return await self._run(self.driver.batch_get, keys)  # type: ignore[no-any-return]

    async def batch_write(self, writes: Sequence[Put | Delete]) -> None:  # noqa: D102
        await self._run(self.driver.batch_write, writes)

    async def transact(self, writes: Sequence[Write]) -> None:  # noqa: D102
        await self._run(self.driver.transact, writes)

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self.driver.unwrap(native)

    async def close(self) -> None:  # noqa: D102
        await self._run(self.driver.close)


def _get(driver: TableDriver, key: RowKey, consistent: bool) -> Row | None:
    return driver.get(key, consistent=consistent)


async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the function directly. For drivers that never block."""
    return function(*arguments)
