"""Takes a portable event of a function; returns the request of a broker of CloudEvents (1.0), in one of three modes.

https://github.com/cloudevents/spec: the JSON format, and the HTTP binding with its encoding of headers; the extensions
`partitionkey`, `sequence` and `traceparent` are those of its documented extensions.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from portable.eventing.envelope import as_event
from portable.eventing.message import Message
from portable.eventing.record import Record
from portable.eventing.schedule import Tick
from portable.eventing.urls import quote
from portable.storage.event import StoredObject
from portable.testing.encoding import outgoing
from portable_container.runtime.cloudevents import type_of
from portable_container.runtime.paths import EVENTS
from portable_container.testing.http import Native

BINARY, STRUCTURED, BATCHED = MODES = ("binary", "structured", "batched")
SOURCE = "/test"
_VISIBLE = bytes(set(range(0x21, 0x7F)) - set(b'"%'))
"""What stands in a header as it is (HTTP binding, 3.1.3.2)."""
_LARGEST = 2**30
"""The bytes above which data would be written in a form that is not of CloudEvents."""
_DATA = ("data", "data_base64")


def event_of(trigger: Mapping[str, Any], event: Any, attempt: int | None, source: str = SOURCE) -> dict[str, Any]:
    """Return a portable event as an object of the JSON format."""
    if isinstance(event, Tick):
        found = {**_context(trigger, source), "time": _written(event.scheduled_at)}
    elif isinstance(event, StoredObject):
        data = {name: getattr(event, name) for name in ("bucket", "key", "size", "etag", "id")}
        found = {**_context(trigger, source), "subject": event.key, "data": data}
    else:
        found = _of_message(event, source)
    return found if attempt is None else {**found, "portableattempt": str(attempt)}


def encode_event(function: str, event: Mapping[str, Any], mode: str) -> Native:
    """Return the request that brings an event to a function."""
    path = f"{EVENTS}{function}"
    if mode == BINARY:
        return _binary(path, event)
    content = "application/cloudevents+json" if mode == STRUCTURED else "application/cloudevents-batch+json"
    body = json.dumps(event if mode == STRUCTURED else [event]).encode()
    return Native("POST", path, "", (("content-type", content),), body)


def _binary(path: str, event: Mapping[str, Any]) -> Native:
    media_type = str(event.get("datacontenttype", "application/json"))
    fields = [
        (f"ce-{name}", quote(str(value), _VISIBLE))
        for name, value in event.items()
        if name not in (*_DATA, "datacontenttype")
    ]
    data = event.get("data")
    if "data_base64" in event:
        body = b64decode(event["data_base64"])
    elif isinstance(data, str) and media_type != "application/json":
        body = data.encode()
    else:
        body = b"" if data is None else json.dumps(data).encode()
    return Native("POST", path, "", (*fields, ("content-type", media_type)), body)


def _context(trigger: Mapping[str, Any], source: str) -> dict[str, Any]:
    return {"specversion": "1.0", "id": str(uuid4()), "source": source, "type": type_of(trigger)}


def _of_message(event: Message[bytes] | Record[bytes], source: str) -> dict[str, Any]:
    found = as_event(outgoing(event), source, _LARGEST)
    if event.sent_at is not None:
        found["time"] = _written(event.sent_at)
    known = {"partitionkey": event.group, "sequence": getattr(event, "sequence", None)}
    return found | {name: value for name, value in known.items() if value is not None}


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
