"""Takes the request of an event, in any form that Google Cloud sends; returns a CloudEvent.

The forms are a CloudEvent in binary or structured mode, the body of a Pub/Sub push, and the events of first-generation
functions, nested or flat, which functions-framework still converts to CloudEvents. Sources: CloudEvents 1.0 HTTP binding
and JSON format, Pub/Sub "push subscriptions", functions-framework `event_conversion`.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"
STORAGE = "google.cloud.storage.object.v1."
REQUIRED = ("specversion", "id", "source", "type")
LEGACY = {
    "google.pubsub.topic.publish": PUBLISHED,
    "providers/cloud.pubsub/eventTypes/topic.publish": PUBLISHED,
    "google.storage.object.finalize": f"{STORAGE}finalized",
    "google.storage.object.delete": f"{STORAGE}deleted",
    "google.storage.object.archive": f"{STORAGE}archived",
    "google.storage.object.metadataUpdate": f"{STORAGE}metadataUpdated",
}
"""Event types of the first generation, mapped as in functions-framework. Other types keep their names."""


class NotAnEvent(ValueError):
    """The request is not an event. The message says what it is."""


class CloudEvent:
    """`type`, `source`, `id`, `subject` and `time` (text, or None if not sent) and `data`, decoded from JSON."""

    __slots__ = ("data", "id", "source", "subject", "time", "type")

    def __init__(
        self,
        type: str,  # noqa: A002
        source: str,
        id: str,  # noqa: A002
        data: Any,
        subject: str | None = None,
        time: str | None = None,
    ) -> None:
        self.type = type
        self.source = source
        self.id = id
        self.data = data
        self.subject = subject
        self.time = time


def read(environ: dict[str, Any], body: bytes) -> CloudEvent:
    """Return the event of a request. Raises NotAnEvent."""
    if environ["REQUEST_METHOD"] != "POST":
        raise NotAnEvent(f"an HTTP {environ['REQUEST_METHOD']} request")
    if "HTTP_CE_TYPE" in environ or "HTTP_CE_SPECVERSION" in environ:
        return _binary(environ, body)
    content = _json(body)
    if not isinstance(content, dict):
        raise NotAnEvent(f"a JSON {type(content).__name__}")
    if "specversion" in content or "cloudevents" in environ.get("CONTENT_TYPE", ""):
        return _structured(content)
    if isinstance(content.get("message"), dict):
        return CloudEvent(PUBLISHED, "", "", content)
    context = content.get("context", content)
    if isinstance(context, dict) and isinstance(context.get("eventType"), str) and "data" in content:
        return _legacy(context, content["data"])
    if any(key.startswith("HTTP_X_CLOUDSCHEDULER") for key in environ):
        raise NotAnEvent("a call of Cloud Scheduler")
    keys = ", ".join(sorted(content)[:6])
    raise NotAnEvent(f"a JSON object with {keys}" if keys else "an empty JSON object")


def _json(body: bytes) -> Any:
    if not body:
        raise NotAnEvent("an HTTP request without a body")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotAnEvent("a body that is not JSON") from None


def _binary(environ: dict[str, Any], body: bytes) -> CloudEvent:
    found: dict[str, Any] = {name: environ.get(f"HTTP_CE_{name.upper()}") for name in (*REQUIRED, "subject", "time")}
    _check(found)
    media_type = environ.get("CONTENT_TYPE", "")
    if media_type and "json" not in media_type.lower():
        raise NotAnEvent(f'a CloudEvent "{found["type"]}" with data in {media_type}')
    data = _json(body) if body else None
    return CloudEvent(found["type"], found["source"], found["id"], data, found["subject"], found["time"])


def _structured(content: dict[str, Any]) -> CloudEvent:
    _check(content)
    data = content.get("data")
    if "data_base64" in content:
        from binascii import a2b_base64

        try:
            data = _json(a2b_base64(content["data_base64"], strict_mode=True))
        except (TypeError, ValueError):
            raise NotAnEvent(f'a CloudEvent "{content["type"]}" with data that is not JSON') from None
    subject, time = _text(content.get("subject")), _text(content.get("time"))
    return CloudEvent(content["type"], content["source"], content["id"], data, subject, time)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _check(attributes: dict[str, Any]) -> None:
    for name in REQUIRED:
        value = attributes.get(name)
        if not isinstance(value, str) or not value:
            raise NotAnEvent(f"a CloudEvent without {name}")
    if attributes["specversion"] not in ("1.0", "0.3"):
        raise NotAnEvent(f"a CloudEvent of specversion {attributes['specversion']}")


def _legacy(context: dict[str, Any], data: Any) -> CloudEvent:
    sent: str = context["eventType"]
    kind = LEGACY.get(sent, sent)
    resource = context.get("resource")
    name = resource.get("name") if isinstance(resource, dict) else resource
    event_id, time = _text(context.get("eventId")), _text(context.get("timestamp"))
    if kind == PUBLISHED and isinstance(data, dict):
        data = {"message": {"messageId": event_id, "publishTime": time, **data}}
    return CloudEvent(kind, _text(name) or "", event_id or "", data, None, time)
