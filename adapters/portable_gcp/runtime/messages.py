"""Messages on Cloud Run functions: takes a push of Pub/Sub, a CloudEvent of Eventarc or an older form; returns a Message.

Sources: Pub/Sub "push subscriptions" (`deliveryAttempt` is sent only with a dead letter policy), google-cloudevents
MessagePublishedData; the Pub/Sub emulator leaves out `publishTime` and sends both `messageId` and `message_id`.
"""

from __future__ import annotations

from binascii import a2b_base64

from portable.compute.consume import consume
from portable.eventing.wire import read as read_wire
from portable_gcp.runtime.cloudevent import PUBLISHED, read
from portable_gcp.runtime.refuse import UNREADABLE, refuse
from portable_gcp.runtime.reply import event_target
from portable_gcp.runtime.schedule import moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.eventing.message import Message
    from portable_gcp.runtime.context import GcpContext
    from portable_gcp.runtime.reply import Handle

EXPECTED = "a message of Pub/Sub"


def handler(consumer: Consumer, timeout: int, filters: tuple[tuple[str, str], ...] = ()) -> Handle:
    """Return the target of a queue's or topic's messages. A message without the attributes of `filters` is skipped."""

    def run(message: Message[bytes], context: GcpContext) -> bool:
        wanted = all(message.attributes.get(name) == value for name, value in filters)
        return not wanted or consume(consumer, message, context)

    return event_target(consumer.function, timeout, decode, run)


def decode(environ: dict[str, Any], body: bytes) -> Message[bytes]:
    """Return the message of a request. Raises EventError for any other event."""
    try:
        event = read(environ, body)
        if event.type == PUBLISHED:
            return message_of(event.data, event.id)
    except UNREADABLE:
        pass
    raise refuse(EXPECTED, environ, body)


def message_of(push: Any, event_id: str) -> Message[bytes]:
    """Return the message in the body of a push. Raises KeyError, TypeError, ValueError or AttributeError for any other."""
    message = push["message"]
    content = message.get("data")
    attributes = message.get("attributes") or {}
    found = message.get("messageId") or message.get("message_id") or event_id
    if not isinstance(found, str) or not found or not all(isinstance(value, str) for value in attributes.values()):
        raise ValueError(found)
    sent = message.get("publishTime") or message.get("publish_time")
    group = message.get("orderingKey") or message.get("ordering_key") or None
    if group is not None and not isinstance(group, str):
        raise TypeError(group)
    return read_wire(
        found,
        a2b_base64(content, strict_mode=True) if content else b"",
        attributes,
        attempt_of(push.get("deliveryAttempt", push.get("delivery_attempt"))),
        moment(sent) if sent else None,
        group,
    )


def attempt_of(count: Any) -> int | None:
    """Return the number of deliveries of a message, including this one, or None if the push does not hold it."""
    if count is None or count == 0:
        return None
    attempt = int(count)
    if isinstance(count, (bool, float)) or attempt < 1:
        raise ValueError(count)
    return attempt
