"""Converts requests, messages of JetStream and CloudEvents to JSON values and back."""

from __future__ import annotations

from typing import Any

from nats.aio.msg import Msg

from portable.eventing.request import Request
from portable.testing.wsgi import body_fields, body_of
from portable_container.runtime.cloudevents import CloudEvent
from portable_container.testing.http import Native, encode_request


def plain(event: Any) -> dict[str, Any]:
    """Return a `Request`, a `Native`, a scope of ASGI, a `Msg` or a `CloudEvent` as JSON values.

    Raises TypeError for anything else, and for the scope of a request with a body, which a scope does not hold.
    """
    if isinstance(event, Msg):
        headers = dict(event.headers or {})
        return {"subject": event.subject, "reply": event.reply, "headers": headers, **body_fields(event.data)}
    if isinstance(event, CloudEvent):
        return {"attributes": dict(event.attributes), **body_fields(event.data)}
    if isinstance(event, Request):
        event = encode_request(event)
    elif isinstance(event, dict) and event.get("type") == "http":
        event = _of_scope(event)
    if not isinstance(event, Native):
        raise TypeError(f"{type(event).__name__} is not an event of the container")
    return event.fields()


def native(event: dict[str, Any]) -> Native | Msg | CloudEvent:
    """Return the request, message or CloudEvent that `plain` made these values from."""
    if "attributes" in event:
        return CloudEvent(event["attributes"], body_of(event))
    if "subject" in event:
        client: Any = None  # only what acknowledges needs it
        return Msg(client, event["subject"], event["reply"], body_of(event), event["headers"] or None)
    return Native.of(event)


def _of_scope(scope: dict[str, Any]) -> Native:
    headers = tuple((name.decode("latin-1"), value.decode()) for name, value in scope["headers"])
    if any(name == "transfer-encoding" or (name == "content-length" and value != "0") for name, value in headers):
        raise TypeError("the scope of a request does not hold its body: record the Request that the handler takes")
    return Native(scope["method"], scope["raw_path"].decode(), scope["query_string"].decode(), headers)
