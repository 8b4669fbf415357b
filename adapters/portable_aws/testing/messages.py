"""Takes portable Messages; returns the event of SQS, of SNS directly, or of SQS with messages from SNS.

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

FORMS = ("sqs", "sns", "sns-sqs")


def encode_messages(messages: Iterable[Message[bytes]], form: str = "sqs", name: str = "queue") -> dict[str, Any]:
    """Return the event with messages of the queue or topic `name`, in one of the `FORMS`.

    A record's messageId is the message's id, so that a failed item names it.
    """
    if form == "sns":
        return {"Records": [_record_of_sns(message, name) for message in messages]}
    return {"Records": [_record_of_sqs(message, name, fed=form == "sns-sqs") for message in messages]}


def encode_message(message: Message[bytes], form: str = "sqs", name: str = "queue") -> dict[str, Any]:
    """Return the event with one message."""
    return encode_messages([message], form, name)


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


def _record_of_sqs(message: Message[bytes], name: str, *, fed: bool) -> dict[str, Any]:
    if fed:
        return sqs_record(message.id, json.dumps(_notification(message, name)), message.attempt, message.sent_at, name)
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


def _record_of_sns(message: Message[bytes], name: str) -> dict[str, Any]:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{topic}:00000000-0000-0000-0000-000000000000",
        "Sns": _notification(message, name),
    }


def _notification(message: Message[bytes], name: str) -> dict[str, Any]:
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
