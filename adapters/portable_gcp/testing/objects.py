"""Takes a portable StoredObject; returns Cloud Storage's notification through Pub/Sub."""

from __future__ import annotations

import json
from typing import Any

from portable.eventing.message import Message
from portable.storage.event import StoredObject
from portable_gcp.runtime.objects import NOTIFICATIONS
from portable_gcp.testing.messages import encode_message
from portable_gcp.testing.native import Native, now


def resource(stored: StoredObject) -> dict[str, Any]:
    """Return the object as Cloud Storage's JSON API writes it: 64-bit numbers are text."""
    found: dict[str, Any] = {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.key}/1",
        "name": stored.key,
        "bucket": stored.bucket,
        "generation": "1",
        "metageneration": "1",
        "contentType": "application/octet-stream",
    }
    if stored.size is not None:
        found["size"] = str(stored.size)
    if stored.etag is not None:
        found["etag"] = stored.etag
    return found


def encode_object(stored: StoredObject, event_name: str, attempt: int | None = 1) -> Native:
    """Return the request for an object that was "created" or "deleted"."""
    attributes = {
        "notificationConfig": f"projects/_/buckets/{stored.bucket}/notificationConfigs/1",
        "eventType": NOTIFICATIONS[event_name],
        "payloadFormat": "JSON_API_V1",
        "bucketId": stored.bucket,
        "objectId": stored.key,
        "objectGeneration": "1",
        "eventTime": now(),
    }
    return encode_message(Message(stored.id or "1", json.dumps(resource(stored)).encode(), attempt, attributes))
