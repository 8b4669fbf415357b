"""Async drivers made from blocking ones: takes a queue or topic driver and a function that runs its calls."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from portable.errors import PortableError
    from portable.eventing.driver import QueueDriver, Received, TopicDriver
    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing


class AsyncQueue:
    """An async queue driver. `run(function, *arguments)` runs each call; it is `Threads.run` or `at_once`."""

    def __init__(self, driver: QueueDriver, run: Callable[..., Awaitable[Any]]) -> None:
        self.driver = driver
        self._run = run

    async def send(self, message: Outgoing) -> str:  # noqa: D102
        return await self._run(self.driver.send, message)  # type: ignore[no-any-return]

    async def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return await self._run(self.driver.send_many, messages)  # type: ignore[no-any-return]

    async def count(self) -> int:  # noqa: D102
        return await self._run(self.driver.count)  # type: ignore[no-any-return]

    async def peek(self, limit: int) -> list[Message[bytes]]:  # noqa: D102
        return await self._run(self.driver.peek, limit)  # type: ignore[no-any-return]

    async def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        return await self._run(self.driver.receive, limit, seconds)  # type: ignore[no-any-return]

    async def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        await self._run(self.driver.acknowledge, receipts)

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self.driver.unwrap(native)

    async def close(self) -> None:  # noqa: D102
        await self._run(self.driver.close)


class AsyncTopic:
    """An async topic driver."""

    def __init__(self, driver: TopicDriver, run: Callable[..., Awaitable[Any]]) -> None:
        self.driver = driver
        self._run = run

    async def publish(self, message: Outgoing) -> str:  # noqa: D102
        return await self._run(self.driver.publish, message)  # type: ignore[no-any-return]

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self.driver.unwrap(native)

    async def close(self) -> None:  # noqa: D102
        await self._run(self.driver.close)


async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the function directly. For drivers that never block."""
    return function(*arguments)
