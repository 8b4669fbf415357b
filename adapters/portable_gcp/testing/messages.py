"""Takes a portable Message; returns the request of a Pub/Sub push subscription."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from portable.eventing.message import Message
from portable_gcp.testing.native import Native

SUBSCRIPTION = "projects/test-project/subscriptions/test-subscription"


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


def encode_message(message: Message[bytes]) -> Native:
    """Return the request that pushes a message."""
    content = (("content-type", "application/json"),)
    return Native("POST", "/", "", content, json.dumps(push_body(message)).encode())
