"""Takes a portable StoredObject; returns S3's notification, directly or through SQS.

Keys are percent-encoded with `+` for a space (S3 "event message structure").
"""

from __future__ import annotations

import json
from typing import Any

from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable_aws.testing.context import REGION
from portable_aws.testing.messages import sqs_record

TIME = "2026-01-02T03:04:05.678Z"
_NAMES = {"created": "ObjectCreated:Put", "deleted": "ObjectRemoved:Delete"}


def encode_object(stored: StoredObject, event_name: str) -> dict[str, Any]:
    """Return the event of an object that was "created" or "deleted"."""
    found: dict[str, Any] = {"key": quote(stored.key, b"/").replace("%20", "+")}
    known = {"size": stored.size, "eTag": stored.etag, "sequencer": stored.id}
    found |= {name: value for name, value in known.items() if value is not None}
    record = {
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
    return {"Records": [record]}


def queued_object(event: dict[str, Any], attempt: int | None, id: str) -> dict[str, Any]:  # noqa: A002
    """Return the event of SQS that holds S3's notification, in a message with this attempt and id."""
    return {"Records": [sqs_record(id, json.dumps(event), attempt, None, "objects")]}
