"""Takes a portable StoredObject; returns Cloud Storage's notification through Pub/Sub, or Eventarc's CloudEvent of it."""

from __future__ import annotations

import json
from typing import Any

from portable.eventing.message import Message
from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable_gcp.runtime.objects import NOTIFICATIONS, TYPES
from portable_gcp.testing.messages import cloud_event, encode_message
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


def encode_object(stored: StoredObject, event_name: str, form: str = "notification", attempt: int | None = 1) -> Native:
    """Return the request for an object that was "created" or "deleted".

    `form` is "notification" (pushed by Pub/Sub), "binary" or "structured" (CloudEvents through Eventarc).
    """
    event_id = stored.id or "1"
    if form == "notification":
        attributes = {
            "notificationConfig": f"projects/_/buckets/{stored.bucket}/notificationConfigs/1",
            "eventType": NOTIFICATIONS[event_name],
            "payloadFormat": "JSON_API_V1",
            "bucketId": stored.bucket,
            "objectId": stored.key,
            "objectGeneration": "1",
            "eventTime": now(),
        }
        return encode_message(Message(event_id, json.dumps(resource(stored)).encode(), attempt, attributes))
    source = f"//storage.googleapis.com/projects/_/buckets/{stored.bucket}"
    return cloud_event(
        TYPES[event_name], source, event_id, resource(stored), form, f"objects/{quote(stored.key, b'/')}"
    )
