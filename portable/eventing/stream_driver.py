"""What a provider must offer to be a stream: checked records in, ids out. The suite is `portable.conformance.stream`.

A driver is made for one declared stream and one address. What it is given was checked before: sizes, keys and attributes
are within every limit. The key of a record is its `group`.
"""
# ruff: noqa: D102  (the asynchronous protocol repeats the promises of the other)

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any, Protocol

    from portable.errors import PortableError
    from portable.eventing.outgoing import Outgoing

    class StreamDriver(Protocol):
        """One stream, to write to. Safe to call from several threads at once.

        Every method raises PermissionDenied, NotFound when the stream does not exist, Throttled (after retries with
        backoff until the deadline), Unavailable or Timeout, with the provider's own exception as `__cause__`.
        """

        def send(self, message: Outgoing) -> str:
            """Store the record durably and return the id it will arrive with. `message.group` is its key."""
            ...

        def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:
            """Write records of any number; return an id or an error for each, in order.

            Records with the same key are stored in their order. After one that failed, none of its key is stored:
            `portable.eventing.stream_outgoing.send_in_order` keeps both promises.
            """
            ...

        def unwrap(self, native: type) -> object:
            """Return the provider's own client when it is of type `native`, else None."""
            ...

        def close(self) -> None:
            """Give back connections; a later call may open them again."""
            ...

    class AsyncStreamDriver(Protocol):
        """The promises of `StreamDriver` for `async def` handlers; calls run at once, not one after the other."""

        async def send(self, message: Outgoing) -> str: ...
        async def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]: ...
        def unwrap(self, native: type) -> object: ...
        async def close(self) -> None: ...


class AsyncStream:
    """A stream driver whose calls are awaited. `run(function, *arguments)` is `Threads.run`, or `at_once`."""

    def __init__(self, driver: StreamDriver, run: Callable[..., Awaitable[Any]]) -> None:
        self.driver = driver
        self._run = run

    async def send(self, message: Outgoing) -> str:
        return await self._run(self.driver.send, message)  # type: ignore[no-any-return]

    async def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:
        return await self._run(self.driver.send_many, messages)  # type: ignore[no-any-return]

    def unwrap(self, native: type) -> object:
        return self.driver.unwrap(native)

    async def close(self) -> None:
        await self._run(self.driver.close)
