"""Takes a portable StoredObject; returns what MinIO publishes to NATS for it.

It is a plain message without headers. Its key is form-encoded, `+` for a space and `%2F` for a slash, and an object that was
deleted has neither size nor ETag (minio, internal/event/target/nats.go and cmd/event-notification.go; Ceph writes the same
records).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from nats.aio.msg import Msg

from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable_container.runtime.nats_names import Address
from portable_container.testing.jetstream import delivered, nanoseconds

_NAMES = {"created": "s3:ObjectCreated:Put", "deleted": "s3:ObjectRemoved:Delete"}


def notification(stored: StoredObject, event_name: str) -> dict[str, Any]:
    """Return the JSON of an object that was "created" or "deleted"."""
    name, now = _NAMES[event_name], datetime.now(UTC)
    found: dict[str, Any] = {"key": quote(stored.key, b"").replace("%20", "+")}
    if event_name == "created":
        known = {"size": stored.size or None, "eTag": stored.etag, "contentType": "application/octet-stream"}
        found |= {field: value for field, value in known.items() if value is not None}
    found["sequencer"] = stored.id or f"{nanoseconds(now):X}"
    record = {
        "eventVersion": "2.0",
        "eventSource": "minio:s3",
        "awsRegion": "",
        "eventTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": name,
        "userIdentity": {"principalId": "minio"},
        "requestParameters": {"principalId": "minio", "region": "", "sourceIPAddress": "203.0.113.7"},
        "responseElements": {"x-amz-request-id": "17F3B0D6EXAMPLE", "x-minio-deployment-id": "example"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "Config",
            "bucket": {
                "name": stored.bucket,
                "ownerIdentity": {"principalId": "minio"},
                "arn": f"arn:aws:s3:::{stored.bucket}",
            },
            "object": found,
        },
        "source": {"host": "203.0.113.7", "port": "", "userAgent": "MinIO (linux; amd64) minio-go/v7.0.70"},
    }
    return {"EventName": name, "Key": f"{stored.bucket}/{stored.key}", "Records": [record]}


def encode_object(stored: StoredObject, event_name: str, at: Address, attempt: int | None) -> Msg:
    """Return the message of an object that was "created" or "deleted", from the JetStream stream of its bucket."""
    body = json.dumps(notification(stored, event_name)).encode()
    return delivered(at, at.subject, body, None, attempt=attempt)
