"""The protocols of queue and topic drivers: take checked messages, return ids and raw messages.

To write a driver, implement `QueueDriver` and `TopicDriver`. `portable.base.awaited` makes the async twins.
The suites in `portable.conformance.queue` and `.topic` test every promise. A driver is made for one declared resource
and one address. Its arguments are already checked: sizes, delays, groups and attributes are within all limits, and the
resource declares the needed ability.
"""

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
        """One queue. It is safe to call from several threads at once.

        Every method raises PermissionDenied, NotFound if the queue does not exist, Throttled (after retries with
        backoff until the deadline), Unavailable or Timeout, with the provider's exception as `__cause__`. It raises
        UnsupportedError for anything that the provider cannot do.
        """

        def send(self, message: Outgoing) -> str:
            """Store the message durably and return the id with which it will arrive.

            If `message.id` is given, the message arrives with this id. If its `deduplicate` id was used within the last
            five minutes, nothing is stored and the id of the first message is returned.
            """
            ...

        def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:
            """Send any number of messages in the provider's batches. Return an id or an error for each, in order."""
            ...

        def count(self) -> int:
            """Return the approximate number of waiting messages, including delayed ones and ones being handled."""
            ...

        def peek(self, limit: int) -> list[Message[bytes]]:
            """Return up to `limit` messages that could be received now. They stay in the queue.

            If the provider has no true peek (SQS), a peek counts as a delivery.
            """
            ...

        def receive(self, limit: int, seconds: float) -> list[Received]:
            """Receive up to `limit` messages. Each is hidden from other receivers for `seconds`, then redelivered.

            It does not wait for messages. `attempt` counts deliveries from 1; None if the provider does not count. In
            an ordered queue the messages of a group come in the order in which they were sent.
            """
            ...

        def acknowledge(self, receipts: Sequence[str]) -> None:
            """Delete received messages. A receipt that is no longer valid is not an error."""
            ...

        def unwrap(self, native: type) -> object:
            """Return the provider's client if it is of type `native`, else None."""
            ...

    class TopicDriver(Protocol):
        """One topic. It raises the errors of `QueueDriver` and is safe to call from several threads at once."""

        def publish(self, message: Outgoing) -> str:
            """Publish the message durably and return its id. Every subscriber gets it with this id."""
            ...

        def unwrap(self, native: type) -> object:
            """Return the provider's client if it is of type `native`, else None."""
            ...

    class HostedQueue(QueueDriver, Protocol):
        """A queue that we host (memory, SQLite). It has the further methods that a worker needs."""

        def release(self, receipt: str, delay: float) -> None:
            """Make a received message available again after `delay` seconds. An old receipt is not an error."""
            ...

        def next_due(self) -> float | None:
            """Return when the next message can be received, in seconds since the epoch. None if there is no message."""
            ...


class Received(Value):
    """A received message, and the receipt that acknowledges it."""

    message: Message[bytes]
    receipt: str
