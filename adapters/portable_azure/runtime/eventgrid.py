"""Takes what an Event Grid trigger delivers, in either schema; returns CloudEvents attributes by name.

The generated functions take the event as text, as the host sends it: one JSON object in the Event Grid schema or in
CloudEvents 1.0. Arrays (a webhook's form) and the objects that azure-functions makes of both are read too.
"""

from __future__ import annotations

import json

from portable.errors import EventError
from portable_azure.runtime.refuse import UNREADABLE, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = {"eventtype": "type", "eventtime": "time", "eventid": "id", "topic": "source"}
"""Names of the Event Grid schema, in lower case, and the CloudEvents names for them."""
_ATTRIBUTES = ("id", "source", "type", "subject", "time", "datacontenttype", "dataschema")


def read(event: Any, expected: str) -> list[dict[str, Any] | EventError]:
    """Return each event as CloudEvents attributes, with `data`. An item that is not an event becomes an EventError.

    Raises EventError if there is no event at all.
    """
    try:
        given = event
        if isinstance(event, (str, bytes, bytearray)):
            given = json.loads(event)
        elif hasattr(event, "get_json"):
            given = _of_object(event)
    except UNREADABLE:
        raise refuse(expected, event) from None
    found = [_read(item, expected) for item in (given if isinstance(given, list) else [given])]
    if all(isinstance(item, EventError) for item in found):
        raise refuse(expected, event)
    return found


def plain(body: bytes) -> bytes:
    """Return the JSON text of a queue's message. Event Grid puts events into a queue as base64, others as they are.

    Source: azure-sdk-for-python, sdk/eventgrid/azure-eventgrid/samples, consume_cloud_events_from_storage_queue.py.
    """
    if body.lstrip()[:1] in (b"{", b"["):
        return body
    from binascii import Error, a2b_base64

    try:
        found = a2b_base64(body, strict_mode=True)
    except Error:
        return body
    return found if found.lstrip()[:1] in (b"{", b"[") else body


def parts(body: bytes) -> list[bytes]:
    """Return the events of a JSON array of events, each as JSON. Any other text is returned as one part.

    A queue's message holds an array if a subscription delivers in batches, or if a person wrote one.
    """
    if body.lstrip()[:1] != b"[":
        return [body]
    try:
        items = json.loads(body)
    except UNREADABLE:
        return [body]
    if not any(_is_event(item) for item in items):
        return [body]
    return [
        json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") for item in items
    ]


def _is_event(item: Any) -> bool:
    try:
        found = _of_json(item)
        return isinstance(found["specversion"], str) and isinstance(found["id"], str) and bool(found["id"])
    except UNREADABLE:
        return False


def _read(item: Any, expected: str) -> dict[str, Any] | EventError:
    try:
        return _of_json(item)
    except UNREADABLE:
        return refuse(expected, item)


def _of_json(fields: dict[str, Any]) -> dict[str, Any]:
    """Return one event's attributes. Case is ignored in names: Microsoft's examples write `specVersion`."""
    lowered = {name.lower(): value for name, value in fields.items()}
    if "specversion" not in lowered:
        if "eventtype" not in lowered:
            raise KeyError("eventType")
        lowered = {_NAMES.get(name, name): value for name, value in lowered.items()}
        for name in ("dataversion", "metadataversion", "cloudeventsversion", "eventtypeversion"):
            lowered.pop(name, None)
        lowered["specversion"] = "1.0"
    if not isinstance(lowered.get("type"), str):
        raise KeyError("type")
    return lowered


def _of_object(event: Any) -> dict[str, Any]:
    """Return the fields of an EventGridEvent or CloudEvent of azure-functions."""
    if hasattr(event, "event_type"):
        found = {"id": event.id, "topic": event.topic, "subject": event.subject, "eventType": event.event_type}
        moment = event.event_time
        name = "eventTime"
    else:
        found = {name: getattr(event, name) for name in _ATTRIBUTES if name != "time"}
        found |= {"specversion": event.specversion, **event.extension_attrs}
        moment = event.time
        name = "time"
    if moment is not None:
        found[name] = moment.isoformat()
    data = event.get_json()
    return {name: value for name, value in found.items() if value is not None} | (
        {} if data is None else {"data": data}
    )
