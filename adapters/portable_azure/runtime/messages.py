"""Messages on Azure: a storage queue's message, or a topic's event straight from Event Grid, in; raw Messages out.

A queue's text is a message as it was sent, or the CloudEvents envelope of one (`portable.eventing.envelope`); a queue
that a topic feeds carries events in the schema of the subscription. The host counts deliveries in `dequeue_count`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from portable.compute.consume import consume, consume_async
from portable.errors import EventError, Unavailable
from portable.eventing.envelope import read_event, read_queue_text
from portable.eventing.message import Message
from portable_azure.runtime.context import AzureContext
from portable_azure.runtime.eventgrid import read
from portable_azure.runtime.refuse import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from portable.compute.consume import Consumer

_BROKEN = (ValueError, TypeError, AttributeError, KeyError, RecursionError)


def handler(
    consumer: Consumer, timeout: float, kind: str, filters: tuple[tuple[str, str], ...] = ()
) -> Callable[[Any, Any], None]:
    """Return what a `def` function of the app calls with its message and context.

    `kind` is "queue", "topic" or "object"; `filters` are attributes a topic's message must have. A message that must
    come again fails the call, and the host makes it visible again.
    """

    def handle(event: Any, native: Any) -> None:
        for message in wanted(event, kind, filters):
            if not consume(consumer, message, AzureContext(event, native, consumer.function, timeout)):
                raise again(consumer, message)

    return handle


def async_handler(
    consumer: Consumer, timeout: float, kind: str, filters: tuple[tuple[str, str], ...] = ()
) -> Callable[[Any, Any], Awaitable[None]]:
    """Return what an `async def` function of the app awaits with its message and context."""

    async def handle(event: Any, native: Any) -> None:
        for message in wanted(event, kind, filters):
            if not await consume_async(consumer, message, AzureContext(event, native, consumer.function, timeout)):
                raise again(consumer, message)

    return handle


def again(consumer: Consumer, message: Message[bytes]) -> Unavailable:
    """Return the error that makes the host deliver a message again; the handler's own is in the log."""
    return Unavailable(f"message {message.id} of {consumer.function} is to be delivered again")


def wanted(event: Any, kind: str, filters: tuple[tuple[str, str], ...]) -> list[Message[bytes]]:
    """Return the messages of an event that have every attribute of a filter. Raises EventError for another event."""
    found = decode(event, kind)
    return [m for m in found if all(m.attributes.get(name) == value for name, value in filters)]


def decode(event: Any, kind: str) -> list[Message[bytes]]:
    """Return the messages of a QueueMessage, or of a topic's event. Raises EventError for anything else."""
    if hasattr(event, "get_body") and hasattr(event, "dequeue_count"):
        return [_queued(event, kind)]
    expected = f"messages of a {kind} (storage queue{', or Event Grid' if kind == 'topic' else ''})"
    if kind != "topic":
        raise refuse(expected, event)
    try:
        return [read_event(fields) for fields in read(event, expected)]
    except _BROKEN:
        raise refuse(expected, event) from None


def _queued(event: Any, kind: str) -> Message[bytes]:
    body = event.get_body()
    id = event.id or ""  # noqa: A001
    attempt = event.dequeue_count
    sent_at = _utc(event.insertion_time)
    raw = Message(id, body, attempt, {}, sent_at)
    if kind == "object":
        return raw
    try:
        if kind == "topic" and b'"eventType"' in body:  # a subscription in the Event Grid schema
            return read_event(read(body, "")[0], attempt, sent_at)
        return read_queue_text(id, body, attempt, sent_at, any_event=kind == "topic")
    except (*_BROKEN, EventError):  # what only looks like an event is its own text
        return raw


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
