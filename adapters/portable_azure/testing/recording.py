"""Converts what the Azure worker passes to a function (requests, queue messages, records, text) to JSON values and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

from azure.functions import EventHubEvent, HttpRequest, QueueMessage

from portable.eventing.message import Message
from portable.eventing.record import Record
from portable_azure.runtime.http import decode
from portable_azure.runtime.records import decode as decode_records
from portable_azure.testing.http import encode_request
from portable_azure.testing.messages import queue_message
from portable_azure.testing.records import encode_records


def plain(event: Any) -> dict[str, Any]:
    """Return a request, a queue's message, the events of a hub or an event's text as JSON values. Raises TypeError for anything else."""
    if isinstance(event, str):
        return {"text": event}
    if isinstance(event, HttpRequest):
        fields = {"method": event.method, "url": event.url, "headers": dict(event.headers)}
        return {"http": fields | _body(event.get_body())}
    if hasattr(event, "get_body") and hasattr(event, "dequeue_count"):
        sent = event.insertion_time
        fields = {"id": event.id, "attempt": event.dequeue_count, "sent_at": sent.isoformat() if sent else None}
        return {"queue": fields | _body(event.get_body())}
    if isinstance(event, list) and all(hasattr(one, "sequence_number") for one in event):
        return {"hub": [_hub_event(record) for record in decode_records(event)]}
    raise TypeError(f"{type(event).__name__} is not a request, queue message or event")


def native(event: dict[str, Any]) -> HttpRequest | QueueMessage | list[EventHubEvent] | str:
    """Return the value that the function takes."""
    if "text" in event:
        return str(event["text"])
    if "http" in event:
        fields = event["http"]
        request = HttpRequest(fields["method"], fields["url"], headers=fields["headers"], body=_bytes(fields))
        return encode_request(decode(request))
    if "hub" in event:
        return encode_records([_record(fields) for fields in event["hub"]])
    fields = event["queue"]
    sent = datetime.fromisoformat(fields["sent_at"]) if fields["sent_at"] else None
    return queue_message(_bytes(fields).decode(), Message(fields["id"], b"", fields["attempt"], {}, sent))


def _hub_event(record: Record[bytes]) -> dict[str, Any]:
    fields = {"id": record.id, "key": record.key, "sequence": record.sequence, "attributes": record.attributes}
    sent = record.sent_at.isoformat() if record.sent_at else None
    return fields | {"trace": record.trace, "sent_at": sent} | _body(record.payload)


def _record(fields: dict[str, Any]) -> Record[bytes]:
    sent = datetime.fromisoformat(fields["sent_at"]) if fields["sent_at"] else None
    more = (fields["key"], fields["sequence"], sent, None, fields["attributes"], fields["trace"])
    return Record(fields["id"], _bytes(fields), *more)


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(body).decode()}


def _bytes(fields: dict[str, Any]) -> bytes:
    return b64decode(fields["body_base64"]) if "body_base64" in fields else fields["body"].encode()
