"""Converts requests, messages of JetStream and CloudEvents to JSON values and back."""

from __future__ import annotations

from typing import Any

from nats.aio.msg import Msg

from portable.testing.wsgi import body_fields, body_of
from portable_container.runtime.cloudevents import CloudEvent
from portable_container.testing.http import Native


def plain(event: Any) -> dict[str, Any]:
    """Return a scope of ASGI with its body, a `Msg` or a `CloudEvent` as JSON values. Raises TypeError for anything else."""
    if isinstance(event, Msg):
        headers = dict(event.headers or {})
        return {"subject": event.subject, "reply": event.reply, "headers": headers, **body_fields(event.data)}
    if isinstance(event, CloudEvent):
        return {"attributes": dict(event.attributes), **body_fields(event.data)}
    raise TypeError(f"{type(event).__name__} is not an event of the container")


def native(event: dict[str, Any]) -> Native | Msg | CloudEvent:
    """Return the request, message or CloudEvent that `plain` made these values from."""
    if "attributes" in event:
        return CloudEvent(event["attributes"], body_of(event))
    if "subject" in event:
        client: Any = None  # only what acknowledges needs it
        return Msg(client, event["subject"], event["reply"], body_of(event), event["headers"] or None)
    return Native.of(event)
