"""Messages on Azure: takes a storage queue's message, or an event of a topic from Event Grid; returns raw Messages.

A queue's text is a message as it was sent, or in its CloudEvents envelope (`portable.eventing.envelope`). The queue of a
topic's subscription holds events in the schema of the subscription, as base64. The host counts deliveries in `dequeue_count`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from portable.compute.consume import consuming_batch
from portable.compute.several import readable
from portable.errors import EventError, Unavailable
from portable.eventing.envelope import read_event, read_queue_text
from portable.eventing.message import Message
from portable_azure.runtime.context import AzureContext
from portable_azure.runtime.entry import entry
from portable_azure.runtime.eventgrid import parts, plain, read
from portable_azure.runtime.refuse import UNREADABLE, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.base.steps import Steps
    from portable.compute.consume import Consumer
    from portable_azure.runtime.entry import Handle


def handler(
    consumer: Consumer, timeout: float, kind: str, filters: tuple[tuple[str, str], ...] = (), awaited: bool = False
) -> Handle:
    """Return what a function of the app calls, or awaits (`awaited`), with its message and context.

    `kind` is "queue", "topic" or "object"; `filters` are attributes that a topic's message must have. The call fails for
    a message to be retried, and the host makes it visible again.
    """

    def steps(event: Any, native: Any) -> Steps[None]:
        context = AzureContext(event, native, consumer.function, timeout)
        failed = yield from consuming_batch(consumer, wanted(event, kind, filters), context)
        if failed:
            raise again(consumer, failed[0])

    return entry(steps, awaited)


def again(consumer: Consumer, delivery: str) -> Unavailable:
    """Return the error that makes the host deliver a message again. The handler's own error is in the log."""
    return Unavailable(f"message {delivery} of {consumer.function} will be delivered again; the reason is in the log")


def wanted(
    event: Any, kind: str, filters: tuple[tuple[str, str], ...]
) -> list[tuple[str, Message[bytes] | EventError]]:
    """Return the messages of an event that have every attribute of a filter, each with its id. Raises EventError."""
    return [
        ("" if isinstance(found, EventError) else found.id, found)
        for found in decode(event, kind)
        if isinstance(found, EventError) or all(found.attributes.get(name) == value for name, value in filters)
    ]


def decode(event: Any, kind: str) -> list[Message[bytes] | EventError]:
    """Return the messages of a QueueMessage or of a topic's event. An item that is not an event becomes an EventError.

    Raises EventError for anything else.
    """
    if hasattr(event, "get_body") and hasattr(event, "dequeue_count"):
        return _queued(event, kind)
    expected = f"messages of a {kind} (storage queue{', or Event Grid' if kind == 'topic' else ''})"
    if kind != "topic":
        raise refuse(expected, event)
    return readable([_of_event(fields, expected) for fields in read(event, expected)])


def _of_event(fields: dict[str, Any] | EventError, expected: str) -> Message[bytes] | EventError:
    if isinstance(fields, EventError):
        return fields
    try:
        return read_event(fields)
    except UNREADABLE:
        return refuse(expected, fields)


def _queued(event: Any, kind: str) -> list[Message[bytes] | EventError]:
    """Return the messages of a queue's message: one, or one for each event of an array that a subscription put there."""
    body = event.get_body()
    id = event.id or ""  # noqa: A001
    attempt = event.dequeue_count
    sent_at = _utc(event.insertion_time)
    each = [body] if kind == "queue" else parts(plain(body))
    ids = [id] if len(each) == 1 else [f"{id}-{place}" for place in range(len(each))]
    return [_of_part(Message(own, part, attempt, {}, sent_at), kind) for own, part in zip(ids, each, strict=True)]


def _of_part(raw: Message[bytes], kind: str) -> Message[bytes]:
    """Return the message of a text. A text that only looks like an event is the message itself.

    The event of an object is such a text, unless it comes from the dead letters again: then it is in a message of ours.
    """
    body = raw.payload
    try:
        if kind == "topic" and b'"eventType"' in body:  # a subscription in the Event Grid schema
            [fields] = read(body, "")
            found = read_event(fields, raw.attempt, raw.sent_at)  # type: ignore[arg-type]
        else:
            found = read_queue_text(raw.id, body, raw.attempt, raw.sent_at, any_event=kind == "topic")
    except (*UNREADABLE, EventError):
        return raw
    if not found.id:
        found.id = raw.id
    return found


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
