"""What a provider must offer to be a queue or a topic: checked messages in, ids and raw messages out.

Whoever writes a driver implements `QueueDriver` and `TopicDriver`; asynchronous twins come free with
`portable.eventing.asynchronous`. The suites in `portable.conformance.queue` and `.topic` decide whether the promises
are kept. A driver is made for one declared resource and one address. What it is given was checked before: sizes,
delays, groups and attributes are within every limit, and the resource declares the ability.
"""
# ruff: noqa: D102  (the asynchronous protocols repeat the promises of the others)

from __future__ import annotations

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from portable.errors import PortableError
    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing

    class QueueDriver(Protocol):
        """One queue. Safe to call from several threads at once.

        Every method raises PermissionDenied, NotFound when the queue does not exist, Throttled (after retries with
        backoff until the deadline), Unavailable or Timeout, with the provider's own exception as `__cause__`, and
        UnsupportedError for what the provider cannot do.
        """

        def send(self, message: Outgoing) -> str:
            """Store the message durably and return the id it will arrive with.

            `message.id`, when given, is the id it arrives with. A `deduplicate` id that was used within the last five
            minutes stores nothing and returns the id of the first message.
            """
            ...

        def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:
            """Send messages of any number in the provider's batches; return an id or an error for each, in order."""
            ...

        def count(self) -> int:
            """Return about how many messages wait, delayed ones and ones being handled included."""
            ...

        def peek(self, limit: int) -> list[Message[bytes]]:
            """Return up to `limit` messages that could be received now, and leave them where they are.

            Where the provider has no true peek (SQS), a look counts as a delivery.
            """
            ...

        def receive(self, limit: int, seconds: float) -> list[Received]:
            """Take up to `limit` messages; each is hidden from other receivers for `seconds`, then comes again.

            Does not wait for messages. `attempt` counts deliveries from 1, None where the provider does not count.
            In an ordered queue the messages of a group come in the order they were sent.
            """
            ...

        def acknowledge(self, receipts: Sequence[str]) -> None:
            """Delete received messages. A receipt that is no longer valid is no error."""
            ...

        def unwrap(self, native: type) -> object:
            """Return the provider's own client when it is of type `native`, else None."""
            ...

        def close(self) -> None:
            """Give back connections; a later call may open them again."""
            ...

    class TopicDriver(Protocol):
        """One topic, to publish to. Raises what `QueueDriver` raises. Safe to call from several threads at once."""

        def publish(self, message: Outgoing) -> str:
            """Hand the message to the topic durably and return the id every subscriber gets it with."""
            ...

        def unwrap(self, native: type) -> object:
            """Return the provider's own client when it is of type `native`, else None."""
            ...

        def close(self) -> None:
            """Give back connections; a later call may open them again."""
            ...

    class AsyncQueueDriver(Protocol):
        """The promises of `QueueDriver` for `async def` handlers; calls run at once, not one after the other."""

        async def send(self, message: Outgoing) -> str: ...
        async def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]: ...
        async def count(self) -> int: ...
        async def peek(self, limit: int) -> list[Message[bytes]]: ...
        async def receive(self, limit: int, seconds: float) -> list[Received]: ...
        async def acknowledge(self, receipts: Sequence[str]) -> None: ...
        def unwrap(self, native: type) -> object: ...
        async def close(self) -> None: ...

    class AsyncTopicDriver(Protocol):
        """The promises of `TopicDriver` for `async def` handlers."""

        async def publish(self, message: Outgoing) -> str: ...
        def unwrap(self, native: type) -> object: ...
        async def close(self) -> None: ...

    class HostedQueue(QueueDriver, Protocol):
        """A queue whose host is ours (memory, SQLite): what a worker needs besides."""

        def release(self, receipt: str, delay: float) -> None:
            """Make a received message available again after `delay` seconds. An old receipt is no error."""
            ...

        def next_due(self) -> float | None:
            """Return when the next message can be received, in seconds since the epoch; None when there is none."""
            ...


class Received(Value):
    """A message that was taken from a queue, and the receipt that acknowledges it."""

    message: Message[bytes]
    receipt: str
