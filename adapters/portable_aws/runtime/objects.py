"""Bucket events on Lambda: S3 directly, through SQS, SNS (or both) and through EventBridge, in; StoredObjects out.

Keys arrive percent-encoded with `+` for a space, but plain through EventBridge (S3 "event message structure").
"""

from __future__ import annotations

import json

from portable.compute import dispatch
from portable.compute.consume import consume_batch
from portable.errors import EventError
from portable.eventing.message import Message
from portable.eventing.urls import unquote
from portable.storage.event import StoredObject
from portable.values import replace
from portable_aws.runtime.context import LambdaContext
from portable_aws.runtime.refuse import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.consume import Consumer

_NAMES = {"created": "ObjectCreated:", "deleted": "ObjectRemoved:"}
_DETAILS = {"created": "Object Created", "deleted": "Object Deleted"}


def handler(
    consumer: Consumer, event_name: str, prefix: str = "", suffix: str = ""
) -> Callable[[Any, Any], dict[str, Any] | None]:
    """Return the Lambda handler of a bucket's events; `consumer.call(object, context)` is the generated call.

    Through SQS attempts are counted and the items that failed reported; directly Lambda itself tries again.
    """

    def run(objects: list[StoredObject], context: Any) -> None:
        for found in objects:
            if found.key.startswith(prefix) and found.key.endswith(suffix):
                dispatch.event(consumer.call, found, context)

    queued = replace(consumer, call=lambda message, context: run(message.payload, context))

    def handle(event: Any, native: Any) -> dict[str, Any] | None:
        context = LambdaContext(event, native, consumer.function)
        records = event.get("Records") if isinstance(event, dict) else None
        if not (isinstance(records, list) and records and _source(records[0]) == "aws:sqs"):
            run(decode(event, event_name), context)
            return None
        batch = [(record["messageId"], _message(record, event_name, event)) for record in records]
        return {"batchItemFailures": [{"itemIdentifier": item} for item in consume_batch(queued, batch, context)]}

    return handle


def _message(record: Any, event_name: str, event: Any) -> Message[list[StoredObject]]:
    """Return an SQS record as a message whose payload is the objects it tells of."""
    count = (record.get("attributes") or {}).get("ApproximateReceiveCount")
    objects = decode_text(record.get("body"), event_name, event)
    return Message(record["messageId"], objects, None if count is None else int(count))


def decode(event: Any, event_name: str) -> list[StoredObject]:
    """Return the objects of an event; none for S3's test event. Raises EventError for any other event."""
    try:
        if event.get("Event") == "s3:TestEvent":
            return []
        if "detail-type" in event:
            return [_bridged(event, event_name)]
        records = event["Records"]
        if not records:
            raise KeyError("Records")
        found: list[StoredObject] = []
        for record in records:
            source = _source(record)
            if source == "aws:sns":
                found += decode_text(record["Sns"]["Message"], event_name, event)
            elif source == "aws:sqs":
                found += decode_text(record["body"], event_name, event)
            else:
                found.append(_direct(record, event_name))
        return found
    except (KeyError, TypeError, ValueError, AttributeError):
        raise refuse(f"an object {event_name} in a bucket", event) from None


def decode_text(text: Any, event_name: str, event: Any) -> list[StoredObject]:
    """Return the objects of an S3 event that came as text in SQS or SNS, or in an SNS envelope in SQS."""
    try:
        inner = json.loads(text)
        if isinstance(inner, dict) and inner.get("Type") == "Notification" and "TopicArn" in inner:
            inner = json.loads(inner["Message"])
    except (TypeError, ValueError, KeyError):
        raise refuse(f"an object {event_name} in a bucket", event) from None
    if not isinstance(inner, dict) or any(
        _source(record) in ("aws:sqs", "aws:sns") for record in inner.get("Records") or ()
    ):
        raise refuse(f"an object {event_name} in a bucket", event)
    return decode(inner, event_name)


def _source(record: Any) -> str | None:
    return (record.get("eventSource") or record.get("EventSource")) if isinstance(record, dict) else None


def _direct(record: Any, event_name: str) -> StoredObject:
    if _source(record) != "aws:s3" or not isinstance(record["s3"]["object"]["key"], str):
        raise KeyError("s3")
    name = record["eventName"].removeprefix("s3:")
    if not name.startswith(_NAMES[event_name]):
        raise EventError(f"an object {event_name} in a bucket", f"S3 {name}")
    bucket, found = record["s3"]["bucket"]["name"], record["s3"]["object"]
    return StoredObject(
        bucket=bucket,
        key=unquote(found["key"].replace("+", " ")),
        size=found.get("size"),
        etag=found.get("eTag"),
        id=found.get("sequencer"),
    )


def _bridged(event: Any, event_name: str) -> StoredObject:
    if event.get("source") != "aws.s3":
        raise KeyError("source")
    if event["detail-type"] != _DETAILS[event_name]:
        raise EventError(f"an object {event_name} in a bucket", f'S3 "{event["detail-type"]}"')
    found = event["detail"]["object"]
    return StoredObject(
        bucket=event["detail"]["bucket"]["name"],
        key=found["key"],
        size=found.get("size"),
        etag=found.get("etag"),
        id=found.get("sequencer") or event.get("id"),
    )
