"""Takes a portable Message; returns the request of a Pub/Sub push subscription, or Eventarc's CloudEvent of it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from portable.eventing.message import Message
from portable_gcp.runtime.cloudevent import PUBLISHED
from portable_gcp.testing.native import Native, now

SUBSCRIPTION = "projects/test-project/subscriptions/test-subscription"
TOPIC = "//pubsub.googleapis.com/projects/test-project/topics/test-topic"


def push_body(message: Message[bytes]) -> dict[str, Any]:
    """Return the JSON that Pub/Sub pushes (Pub/Sub "push subscriptions", message format)."""
    attributes = dict(message.attributes)
    if message.trace is not None:
        attributes["traceparent"] = message.trace
    inner: dict[str, Any] = {"messageId": message.id, "message_id": message.id}
    if message.payload:
        inner["data"] = b64encode(message.payload).decode()
    if attributes:
        inner["attributes"] = attributes
    if message.sent_at is not None:
        inner["publishTime"] = inner["publish_time"] = message.sent_at.isoformat().replace("+00:00", "Z")
    if message.group is not None:
        inner["orderingKey"] = message.group
    body: dict[str, Any] = {"message": inner, "subscription": SUBSCRIPTION}
    if message.attempt is not None:
        body["deliveryAttempt"] = message.attempt
    return body


def encode_message(message: Message[bytes], form: str = "push") -> Native:
    """Return the request of a message. `form` is "push", "binary" or "structured" (CloudEvents through Eventarc)."""
    body = push_body(message)
    if form == "push":
        return Native("POST", "/", "", (("content-type", "application/json"),), json.dumps(body).encode())
    return cloud_event(PUBLISHED, TOPIC, message.id, body, form)


def cloud_event(kind: str, source: str, event_id: str, data: Any, form: str, subject: str | None = None) -> Native:
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
