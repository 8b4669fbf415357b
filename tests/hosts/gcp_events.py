"""Events as Google Cloud sends them to Cloud Run functions, in every form that the runtime reads."""

from __future__ import annotations

import json
from typing import Any

from portable.eventing.message import Message
from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable_gcp.runtime.cloudevent import PUBLISHED
from portable_gcp.runtime.objects import TYPES
from portable_gcp.testing import messages, objects
from portable_gcp.testing.native import Native, now

TOPIC = "//pubsub.googleapis.com/projects/test-project/topics/test-topic"


def encode_message(message: Message[bytes], form: str = "push") -> Native:
    """Return the request of a message. `form` is "push", "binary" or "structured" (CloudEvents through Eventarc)."""
    if form == "push":
        return messages.encode_message(message)
    return _cloud_event(PUBLISHED, TOPIC, message.id, messages.push_body(message), form)


def encode_object(stored: StoredObject, event_name: str, form: str = "notification", attempt: int | None = 1) -> Native:
    """Return the request for an object. `form` is "notification" (of Pub/Sub), "binary" or "structured"."""
    if form == "notification":
        return objects.encode_object(stored, event_name, attempt)
    source, subject = (
        f"//storage.googleapis.com/projects/_/buckets/{stored.bucket}",
        f"objects/{quote(stored.key, b'/')}",
    )
    return _cloud_event(TYPES[event_name], source, stored.id or "1", objects.resource(stored), form, subject)


def _cloud_event(kind: str, source: str, event_id: str, data: Any, form: str, subject: str | None = None) -> Native:
    """Return a CloudEvent's request in "binary" or "structured" mode (CloudEvents 1.0 HTTP binding)."""
    attributes = {"specversion": "1.0", "id": event_id, "source": source, "type": kind, "time": now()}
    if subject is not None:
        attributes["subject"] = subject
    if form == "binary":
        headers = [(f"ce-{name}", value) for name, value in attributes.items()]
        headers.append(("content-type", "application/json"))
        return Native("POST", "/", "", tuple(headers), json.dumps(data).encode())
    event = {**attributes, "datacontenttype": "application/json", "data": data}
    return Native(
        "POST", "/", "", (("content-type", "application/cloudevents+json; charset=utf-8"),), json.dumps(event).encode()
    )
