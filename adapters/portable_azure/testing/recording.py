"""What the Azure worker hands a function as JSON values and back: HTTP requests, queue messages, events as text."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

from azure.functions import HttpRequest, QueueMessage

from portable.eventing.message import Message
from portable_azure.runtime.http import decode
from portable_azure.testing.http import encode_request
from portable_azure.testing.messages import queue_message


def plain(event: Any) -> dict[str, Any]:
    """Return a request, a queue's message or an event's text as JSON values. Raises TypeError for anything else."""
    if isinstance(event, str):
        return {"text": event}
    if isinstance(event, HttpRequest):
        fields = {"method": event.method, "url": event.url, "headers": dict(event.headers)}
        return {"http": fields | _body(event.get_body())}
    if hasattr(event, "get_body") and hasattr(event, "dequeue_count"):
        sent = event.insertion_time
        fields = {"id": event.id, "attempt": event.dequeue_count, "sent_at": sent.isoformat() if sent else None}
        return {"queue": fields | _body(event.get_body())}
    raise TypeError(f"{type(event).__name__} is no request, queue message or event")


def native(event: dict[str, Any]) -> HttpRequest | QueueMessage | str:
    """Return the value that the function takes."""
    if "text" in event:
        return str(event["text"])
    if "http" in event:
        fields = event["http"]
        request = HttpRequest(fields["method"], fields["url"], headers=fields["headers"], body=_bytes(fields))
        return encode_request(decode(request))
    fields = event["queue"]
    sent = datetime.fromisoformat(fields["sent_at"]) if fields["sent_at"] else None
    return queue_message(_bytes(fields).decode(), Message(fields["id"], b"", fields["attempt"], {}, sent))


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(body).decode()}


def _bytes(fields: dict[str, Any]) -> bytes:
    return b64decode(fields["body_base64"]) if "body_base64" in fields else fields["body"].encode()
