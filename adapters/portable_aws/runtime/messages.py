"""Messages on Lambda: takes a batch of SQS, or an event of SNS, directly or through SQS; returns Messages and failed items.

Sources: Lambda "SQS event", "reporting batch item failures" and SNS "event structure" documentation.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from portable.compute.consume import consume_batch
from portable.errors import EventError, Unavailable
from portable.eventing.wire import read
from portable_aws.runtime.context import LambdaContext, traceparent
from portable_aws.runtime.refuse import UNREADABLE, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.eventing.message import Message


def handler(consumer: Consumer, kind: str, filters: tuple[tuple[str, str], ...] = ()) -> Callable[[Any, Any], Any]:
    """Return the Lambda handler of a queue's or topic's messages. `kind` is "queue" or "topic".

    SQS gets the ids of the failed items. For a failed message directly from SNS the call fails, and Lambda retries it.
    `filters` are the attributes that a topic's message must have.
    """

    def handle(event: Any, native: Any) -> Any:
        direct, batch = decode(event, kind)
        wanted = [(item, message) for item, message in batch if wants(message, filters)]
        failed = consume_batch(consumer, wanted, LambdaContext(event, native, consumer.function))
        if not direct:
            return {"batchItemFailures": [{"itemIdentifier": item} for item in failed if item]}
        if failed:
            raise Unavailable(
                f"message {failed[0]} of {consumer.function} will be delivered again; the reason is in the log"
            )
        return None

    return handle


def wants(message: Message[bytes] | EventError, filters: tuple[tuple[str, str], ...]) -> bool:
    """Return whether a message has every attribute of a filter. A message that could not be read is kept."""
    if isinstance(message, EventError):
        return True
    return all(message.attributes.get(name) == value for name, value in filters)


def decode(event: Any, kind: str) -> tuple[bool, list[tuple[str, Message[bytes] | EventError]]]:
    """Return whether the messages came from SNS directly, and each with the id its failure is reported by.

    A record of another kind becomes an EventError. Raises EventError if there is no message.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        raise refuse(_expected(kind), event)
    batch = [_delivered(record, kind) for record in records]
    read = [direct for direct, _, message in batch if not isinstance(message, EventError)]
    if not read:
        raise refuse(_expected(kind), event)
    return read[0], [(item, message) for _, item, message in batch]


def _expected(kind: str) -> str:
    return f"messages of a {kind} (SQS{', or SNS' if kind == 'topic' else ''})"


def _delivered(record: Any, kind: str) -> tuple[bool, str, Message[bytes] | EventError]:
    """Return whether a record came from SNS directly, its id ("" if it has none) and its message."""
    try:
        source = record.get("eventSource") or record.get("EventSource")
        if source == "aws:sqs":
            return False, record["messageId"], _queued(record, kind)
        if source == "aws:sns" and kind == "topic":
            return True, record["Sns"]["MessageId"], _notified(record["Sns"], None)
    except UNREADABLE:
        pass
    item = record.get("messageId") if isinstance(record, dict) else None
    return False, item if isinstance(item, str) else "", refuse(_expected(kind), {"Records": [record]})


def _queued(record: Any, kind: str) -> Message[bytes]:
    system = record.get("attributes") or {}
    count = system.get("ApproximateReceiveCount")
    attempt = None if count is None else int(count)
    body = record["body"]
    if not isinstance(body, str):
        raise TypeError("the body of a queue's message is text")
    envelope = _envelope(body) if kind == "topic" else None
    if envelope is not None:
        return _notified(envelope, attempt)
    sent = system.get("SentTimestamp")
    message = read(
        record["messageId"],
        body,
        {name: _attribute(value) for name, value in (record.get("messageAttributes") or {}).items()},
        attempt,
        _moment(int(sent)) if isinstance(sent, str) and sent.isdecimal() else None,
        system.get("MessageGroupId"),
    )
    if message.trace is None:
        message.trace = traceparent(system.get("AWSTraceHeader") or "")
    return message


def _moment(milliseconds: int) -> datetime:
    """Return the exact time. A float of seconds would lose a microsecond."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def _envelope(body: str) -> Any:
    """Return the SNS notification in a queue's message, or None if there is none (raw message delivery)."""
    if '"TopicArn"' not in body:
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("Type") == "Notification" and "MessageId" in found else None


def _notified(envelope: Any, attempt: int | None) -> Message[bytes]:
    if not isinstance(envelope["Message"], str):
        raise TypeError("the message of a notification is text")
    sent = envelope.get("Timestamp")
    attributes = {name: str(value["Value"]) for name, value in (envelope.get("MessageAttributes") or {}).items()}
    if envelope.get("Subject"):
        attributes.setdefault("subject", envelope["Subject"])
    return read(
        envelope["MessageId"],
        envelope["Message"],
        attributes,
        attempt,
        None if sent is None else datetime.fromisoformat(sent).astimezone(UTC),
    )


def _attribute(value: Any) -> str:
    found = value.get("stringValue")
    return found if found is not None else value.get("binaryValue") or ""
