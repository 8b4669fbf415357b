"""Events as the services of AWS send them to Lambda, in every form that the runtime reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable_aws.testing import messages as kit
from portable_aws.testing import objects, schedule
from portable_aws.testing.context import ACCOUNT, REGION
from portable_aws.testing.objects import TIME

MESSAGES = ("sqs", "sns", "sns-sqs")
OBJECTS = ("s3", "sqs", "sns", "sns-sqs", "eventbridge")
TICKS = ("portable", "scheduler", "rule")
_DETAILS = {"created": "Object Created", "deleted": "Object Deleted"}


def encode_messages(messages: Iterable[Message[bytes]], form: str) -> dict[str, Any]:
    """Return the event of messages in one of the forms `MESSAGES`."""
    if form != "sns":
        return kit.encode_messages(messages, "queue", fed=form == "sns-sqs")
    return {"Records": [_of_sns(kit.notification(message, "queue")) for message in messages]}


def encode_tick(tick: Tick, form: str) -> dict[str, Any]:
    """Return the event of a tick in one of the forms `TICKS`."""
    if form == "portable":
        return schedule.encode_tick(tick)
    service = "aws.scheduler" if form == "scheduler" else "aws.events"
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": service,
        "account": ACCOUNT,
        "time": tick.scheduled_at.isoformat().replace("+00:00", "Z"),
        "region": REGION,
        "resources": [f"arn:aws:{service[4:]}:{REGION}:{ACCOUNT}:schedule/default/schedule"],
        "detail": "{}" if form == "scheduler" else {},
    }


def encode_object(stored: StoredObject, event_name: str, form: str, attempt: int = 1) -> dict[str, Any]:
    """Return the event of an object in one of the forms `OBJECTS`."""
    if form == "eventbridge":
        return _bridged(stored, event_name)
    event = objects.encode_object(stored, event_name)
    if form == "s3":
        return event
    if form == "sqs":
        return objects.queued_object(event, attempt, "1")
    notification = {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:objects",
        "Subject": "Amazon S3 Notification",
        "Message": json.dumps(event),
        "Timestamp": TIME,
        "MessageAttributes": {},
    }
    return {"Records": [_of_sns(notification)]} if form == "sns" else objects.queued_object(notification, attempt, "1")


def _of_sns(notification: dict[str, Any]) -> dict[str, Any]:
    subscription = f"{notification['TopicArn']}:00000000-0000-0000-0000-000000000000"
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": notification,
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
