"""Bucket events on Lambda: takes events of S3, directly or through SQS, SNS or EventBridge; returns StoredObjects.

Keys arrive percent-encoded with `+` for a space, but plain through EventBridge (S3 "event message structure").
"""

from __future__ import annotations

import json

from portable.base.values import replace
from portable.compute import dispatch
from portable.compute.consume import consume_batch
from portable.compute.several import readable, run_all
from portable.errors import EventError
from portable.eventing.message import Message
from portable.eventing.urls import unquote
from portable.storage.event import StoredObject
from portable_aws.runtime.context import LambdaContext
from portable_aws.runtime.refuse import UNREADABLE, refuse

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

    Through SQS, attempts are counted and failed items are reported. Direct events are retried by Lambda itself.
    """

    def run(objects: list[StoredObject | EventError], context: Any) -> None:
        wanted = [
            found
            for found in objects
            if isinstance(found, EventError) or (found.key.startswith(prefix) and found.key.endswith(suffix))
        ]
        run_all(wanted, lambda found: dispatch.event(consumer.call, found, context))

    def run_message(message: Message[bytes], context: Any) -> None:
        try:
            found = _in_text(message.payload, event_name)
        except UNREADABLE:
            raise EventError(_expected(event_name), "a message without one") from None
        run(found, context)

    queued = replace(consumer, call=run_message)

    def handle(event: Any, native: Any) -> dict[str, Any] | None:
        context = LambdaContext(event, native, consumer.function)
        batch = decode_batch(event, event_name)
        if batch is None:
            run(decode(event, event_name), context)
            return None
        return {"batchItemFailures": [{"itemIdentifier": item} for item in consume_batch(queued, batch, context)]}

    return handle


def decode_batch(event: Any, event_name: str) -> list[tuple[str, Message[bytes] | EventError]] | None:
    """Return each message of an SQS batch, raw, or None if it is not an SQS batch.

    A message about something else fails alone, when it is handled. Raises EventError if all are about something else.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not any(_source(record) == "aws:sqs" for record in records):
        return None
    batch = [(_item(record), _message(record, event_name)) for record in records]
    if not any(_tells(message, event_name) for _, message in batch):
        raise refuse(_expected(event_name), event)
    return batch


def _item(record: Any) -> str:
    found = record.get("messageId") if isinstance(record, dict) else None
    return found if isinstance(found, str) else ""


def _message(record: Any, event_name: str) -> Message[bytes] | EventError:
    """Return the raw message, which a dead letter keeps unchanged."""
    try:
        if _source(record) == "aws:sqs":
            count = (record.get("attributes") or {}).get("ApproximateReceiveCount")
            return Message(record["messageId"], record["body"].encode(), None if count is None else int(count))
    except UNREADABLE:
        pass
    return refuse(_expected(event_name), {"Records": [record]})


def _tells(message: Message[bytes] | EventError, event_name: str) -> bool:
    """Return whether a message holds the declared event."""
    if isinstance(message, EventError):
        return False
    try:
        return not any(isinstance(found, EventError) for found in _in_text(message.payload, event_name))
    except (*UNREADABLE, EventError):
        return False


def decode(event: Any, event_name: str) -> list[StoredObject | EventError]:
    """Return the objects of an event; none for S3's test event.

    A record of another kind becomes an EventError. Raises EventError if there are only such.
    """
    try:
        return readable(_objects(event, event_name))
    except UNREADABLE:
        raise refuse(_expected(event_name), event) from None


def _expected(event_name: str) -> str:
    return f"an object {event_name} in a bucket"


def _objects(event: Any, event_name: str, nested: bool = False) -> list[StoredObject | EventError]:
    if event.get("Event") == "s3:TestEvent":
        return []
    if "detail-type" in event:
        return [_bridged(event, event_name)]
    found: list[StoredObject | EventError] = []
    for record in event["Records"]:
        found += _of_record(record, event_name, nested)
    if not event["Records"]:
        raise KeyError("Records")
    return found


def _of_record(record: Any, event_name: str, nested: bool) -> list[StoredObject | EventError]:
    try:
        source = _source(record)
        if source == "aws:sns" and not nested:
            return _in_text(record["Sns"]["Message"], event_name)
        if source == "aws:sqs" and not nested:
            return _in_text(record["body"], event_name)
        return [_direct(record, event_name)]
    except EventError as error:
        return [error]
    except UNREADABLE:
        return [refuse(_expected(event_name), {"Records": [record]})]


def _in_text(text: Any, event_name: str) -> list[StoredObject | EventError]:
    """Return the objects of an S3 event that came as text in SQS or SNS, or in an SNS envelope in SQS."""
    inner = json.loads(text)
    if inner.get("Type") == "Notification" and "TopicArn" in inner:
        inner = json.loads(inner["Message"])
    return _objects(inner, event_name, nested=True)


def _source(record: Any) -> str | None:
    return (record.get("eventSource") or record.get("EventSource")) if isinstance(record, dict) else None


def _direct(record: Any, event_name: str) -> StoredObject:
    if _source(record) != "aws:s3":
        raise KeyError("s3")
    name = record["eventName"].removeprefix("s3:")
    if not name.startswith(_NAMES[event_name]):
        raise EventError(_expected(event_name), f"S3 {name}")
    found = record["s3"]["object"]
    key = unquote(found["key"].replace("+", " "))
    return _stored(record["s3"]["bucket"]["name"], key, found.get("size"), found.get("eTag"), found.get("sequencer"))


def _bridged(event: Any, event_name: str) -> StoredObject:
    if event["source"] != "aws.s3":
        raise KeyError("source")
    if event["detail-type"] != _DETAILS[event_name]:
        raise EventError(_expected(event_name), f'S3 "{event["detail-type"]}"')
    found = event["detail"]["object"]
    event_id = found.get("sequencer") or event.get("id")
    return _stored(event["detail"]["bucket"]["name"], found["key"], found.get("size"), found.get("etag"), event_id)


def _stored(bucket: Any, key: Any, size: Any, etag: Any, event_id: Any) -> StoredObject:
    if not isinstance(bucket, str) or not isinstance(key, str):
        raise TypeError("bucket and key are text")
    return StoredObject(bucket=bucket, key=key, size=size, etag=etag, id=event_id)
