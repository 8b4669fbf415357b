"""Messages on Lambda: SQS batches, SNS directly and SNS through SQS in; raw Messages and failed items out.

Sources: Lambda "SQS event", "reporting batch item failures" and SNS "event structure" documentation.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from portable.compute.consume import consume, consume_batch
from portable.errors import Unavailable
from portable.eventing.wire import read
from portable_aws.runtime.context import LambdaContext, traceparent
from portable_aws.runtime.refuse import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.eventing.message import Message


def handler(consumer: Consumer, kind: str, filters: tuple[tuple[str, str], ...] = ()) -> Callable[[Any, Any], Any]:
    """Return the Lambda handler of a queue's or topic's messages; `kind` is "queue" or "topic".

    SQS gets the items that failed; a message that came from SNS directly and must be tried again fails the call,
    and Lambda tries it again. `filters` are the attributes a topic's message must have.
    """

    def handle(event: Any, native: Any) -> Any:
        direct, batch = decode(event, kind)
        wanted = [(item, message) for item, message in batch if wants(message, filters)]
        context = LambdaContext(event, native, consumer.function)
        if not direct:
            failed = consume_batch(consumer, wanted, context)
            return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}
        for _, message in wanted:
            if not consume(consumer, message, context):
                raise Unavailable(f"message {message.id} of {consumer.function} is to be delivered again")
        return None

    return handle


def wants(message: Message[bytes], filters: tuple[tuple[str, str], ...]) -> bool:
    """Say whether a message has every attribute of a filter."""
    return all(message.attributes.get(name) == value for name, value in filters)


def decode(event: Any, kind: str) -> tuple[bool, list[tuple[str, Message[bytes]]]]:
    """Return whether the messages came from SNS directly, and each with the id its failure is reported by.

    Raises EventError for any other event.
    """
    expected = f"messages of a {kind} (SQS{', or SNS' if kind == 'topic' else ''})"
    try:
        records = event["Records"]
        sources = {record.get("eventSource") or record.get("EventSource") for record in records}
        if sources == {"aws:sqs"}:
            return False, [(record["messageId"], _queued(record, kind)) for record in records]
        if sources == {"aws:sns"} and kind == "topic":
            return True, [(record["Sns"]["MessageId"], _notified(record["Sns"], None)) for record in records]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError):
        pass
    raise refuse(expected, event)


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
    """Return a time exactly: a float of seconds would lose a microsecond."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def _envelope(body: str) -> Any:
    """Return the SNS notification a queue's message holds, None when it holds none (raw message delivery)."""
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
