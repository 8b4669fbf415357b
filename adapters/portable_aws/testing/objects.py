"""Takes a portable StoredObject; returns S3's notification: directly, through SQS, SNS, both, or through EventBridge.

Keys are percent-encoded with `+` for a space, but plain through EventBridge (S3 "event message structure").
"""

from __future__ import annotations

import json
from typing import Any

from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable_aws.testing.context import ACCOUNT, REGION
from portable_aws.testing.messages import sqs_record

FORMS = ("s3", "sqs", "sns", "sns-sqs", "eventbridge")
TIME = "2026-01-02T03:04:05.678Z"
_NAMES = {"created": "ObjectCreated:Put", "deleted": "ObjectRemoved:Delete"}
_DETAILS = {"created": "Object Created", "deleted": "Object Deleted"}


def encode_object(
    stored: StoredObject,
    event_name: str,
    form: str = "s3",
    attempt: int | None = 1,
    id: str = "1",  # noqa: A002
) -> dict[str, Any]:
    """Return the event of an object that was "created" or "deleted", in one of the `FORMS`.

    `attempt` and `id` are those of its SQS message.
    """
    if form == "eventbridge":
        return _bridged(stored, event_name)
    event = {"Records": [_record(stored, event_name)]}
    if form == "s3":
        return event
    text = json.dumps(event)
    notification = {
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:objects",
        "Subject": "Amazon S3 Notification",
        "Message": text,
        "Timestamp": TIME,
        "MessageAttributes": {},
    }
    if form == "sns":
        record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn:aws:sns:x"}
        return {"Records": [{**record, "Sns": notification}]}
    body = json.dumps(notification) if form == "sns-sqs" else text
    return {"Records": [sqs_record(id, body, attempt, None, "objects")]}


def _record(stored: StoredObject, event_name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"key": quote(stored.key, b"/").replace("%20", "+")}
    known = {"size": stored.size, "eTag": stored.etag, "sequencer": stored.id}
    found |= {name: value for name, value in known.items() if value is not None}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": TIME,
        "eventName": _NAMES[event_name],
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "203.0.113.7"},
        "responseElements": {"x-amz-request-id": "0123456789ABCDEF", "x-amz-id-2": "EXAMPLE"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "portable",
            "bucket": {
                "name": stored.bucket,
                "ownerIdentity": {"principalId": "EXAMPLE"},
                "arn": f"arn:aws:s3:::{stored.bucket}",
            },
            "object": found,
        },
    }


def _bridged(stored: StoredObject, event_name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"key": stored.key}
    known = {"size": stored.size, "etag": stored.etag, "sequencer": stored.id}
    found |= {name: value for name, value in known.items() if value is not None}
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": _DETAILS[event_name],
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": TIME,
        "region": REGION,
        "resources": [f"arn:aws:s3:::{stored.bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": stored.bucket},
            "object": found,
            "request-id": "0123456789ABCDEF",
            "requester": ACCOUNT,
            "reason": "PutObject" if event_name == "created" else "DeleteObject",
        },
    }
