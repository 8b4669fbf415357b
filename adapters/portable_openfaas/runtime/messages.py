"""Messages on OpenFaaS: takes the call of a connector; returns a Message.

Sources: openfaas/docs, the pages of the connectors for SQS, SNS, Pub/Sub, RabbitMQ, Kafka and PostgreSQL: the body is the
message; headers hold its id, time and attributes. Header names ignore case, so attribute names come in lower case.
A call without a connector, at `/function/…` or `/async-function/…`, is a message too: its id is X-Call-Id.
"""

from __future__ import annotations

from datetime import UTC, datetime

from portable.compute.consume import consume
from portable.errors import EventError
from portable.eventing import wsgi
from portable.eventing.wire import read as read_wire
from portable_openfaas.runtime.call import attempt_numbers, event_handler
from portable_openfaas.runtime.schedule import TOPIC as CRON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable_openfaas.runtime.call import Handle

EXPECTED = "a message of a connector"
_IDS = ("sns-message-id", "pubsub-msg-id", "rabbitmq-msg-id", "sqs-message-id", "event-id", "call-id")
"""The headers, without `x-`, that hold a message's id. For PostgreSQL it is event-id: its message-id is not unique."""


def handler(consumer: Consumer, timeout: int, filters: tuple[tuple[str, str], ...] = ()) -> Handle:
    """Return the `handle` of a queue's or topic's messages. A message without the attributes of `filters` is skipped."""

    def run(message: Message[bytes], context: Context) -> bool:
        if not all(message.attributes.get(name.lower()) == value for name, value in filters):
            return True
        for attempt in attempt_numbers(consumer.attempts, consumer.backoff or 0, context):
            message.attempt = attempt
            if consume(consumer, message, context):
                return True
        return False

    return event_handler(consumer.function, timeout, decode, run)


def decode(event: Any) -> Message[bytes]:
    """Return the message of a call. Raises EventError for any other request."""
    headers = {name.lower(): value for name, value in event.headers.items()}
    found = next((headers[f"x-{name}"] for name in _IDS if headers.get(f"x-{name}")), None)
    if event.method.upper() != "POST" or found is None or headers.get("x-topic") == CRON:
        came = (
            "a call of the cron connector"
            if headers.get("x-topic") == CRON
            else f"a {event.method} from another sender"
        )
        raise EventError(EXPECTED, came)
    time = headers.get("x-pubsub-publish-time")
    try:
        sent_at = datetime.fromisoformat(time).astimezone(UTC) if time else None
    except (ValueError, OverflowError):
        raise EventError(EXPECTED, f"a message with X-Pubsub-Publish-Time {time!r}, which is not a time,") from None
    group = headers.get("x-pubsub-ordering-key") or None
    return read_wire(found, event.body, attributes_of(headers), None, sent_at, group)


def attributes_of(headers: dict[str, str]) -> dict[str, str]:
    """Return a message's attributes and its trace, without the headers in which SNS gives the types of attributes."""
    found = {"traceparent": headers["traceparent"]} if "traceparent" in headers else {}
    for name, value in headers.items():
        key = name.removeprefix("x-pubsub-attr-").removeprefix("x-sns-attr-")
        if key != name and not (name.startswith("x-sns") and name[-5:] == "-type" and name[:-5] in headers):
            found[key] = wsgi.as_utf8(value)
    return found
