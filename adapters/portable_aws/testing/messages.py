"""Takes portable Messages; returns the event of SQS, whose messages may come from SNS.

Sources: Lambda "Using Lambda with Amazon SQS" and "with Amazon SNS" (event structure), SNS "message format".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from portable.base.values import replace
from portable.eventing import wire
from portable.eventing.message import Message
from portable.testing.encoding import outgoing
from portable_aws.testing.context import ACCOUNT, REGION


def encode_messages(messages: Iterable[Message[bytes]], name: str, *, fed: bool = False) -> dict[str, Any]:
    """Return the event of SQS with messages of the queue or topic `name`; `fed` means that the queue got them from SNS.

    A record's messageId is the message's id, so that a failed item names it.
    """
    return {"Records": [_record(message, name, fed=fed) for message in messages]}


def sqs_record(id: str, body: str, attempt: int | None, sent_at: datetime | None, name: str) -> dict[str, Any]:  # noqa: A002
    """Return an SQS record with this body and no attributes of its own."""
    moment = ((sent_at or datetime.now(UTC)) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return {
        "messageId": id,
        "receiptHandle": f"receipt-{id}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": str(attempt or 1),
            "SentTimestamp": str(moment),
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": str(moment),
        },
        "messageAttributes": {},
        "md5OfBody": md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",
        "awsRegion": REGION,
    }


def _record(message: Message[bytes], name: str, *, fed: bool) -> dict[str, Any]:
    if fed:
        return sqs_record(message.id, json.dumps(notification(message, name)), message.attempt, message.sent_at, name)
    body, attributes = wire.as_text(replace(outgoing(message), id=None))
    record = sqs_record(message.id, body, message.attempt, message.sent_at, name)
    for key, value in attributes.items():
        record["messageAttributes"][key] = {
            "stringValue": value,
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "String",
        }
    if message.group is not None:
        record["attributes"] |= {"MessageGroupId": message.group, "SequenceNumber": "1", "MessageDeduplicationId": "1"}
    return record


def notification(message: Message[bytes], name: str) -> dict[str, Any]:
    """Return what SNS puts into a queue, or hands to Lambda, for a message."""
    body, attributes = wire.as_text(replace(outgoing(message), id=None))
    sent = (message.sent_at or datetime.now(UTC)).astimezone(UTC)
    return {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}",
        "Subject": None,
        "Message": body,
        "Timestamp": sent.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertUrl": "EXAMPLE",
        "UnsubscribeUrl": "EXAMPLE",
        "MessageAttributes": {key: {"Type": "String", "Value": value} for key, value in attributes.items()},
    }
