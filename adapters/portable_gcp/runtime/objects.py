"""Bucket events on Cloud Run functions: takes Cloud Storage's notification through Pub/Sub, or a CloudEvent of Eventarc;
returns a StoredObject.

Sources: Cloud Storage "Pub/Sub notifications" (attributes; OBJECT_DELETE with `overwrittenByGeneration` is an object
that was replaced), google-cloudevents StorageObjectData (int64 as a number or as text).
"""

from __future__ import annotations

import json

from portable.base.values import replace
from portable.compute import dispatch
from portable.compute.consume import consume
from portable.storage.event import StoredObject
from portable_gcp.runtime.cloudevent import PUBLISHED, STORAGE, CloudEvent, read
from portable_gcp.runtime.messages import message_of
from portable_gcp.runtime.refuse import UNREADABLE, refuse
from portable_gcp.runtime.reply import event_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.compute.consume import Consumer
    from portable.eventing.message import Message
    from portable_gcp.runtime.context import GcpContext
    from portable_gcp.runtime.reply import Handle

TYPES = {"created": f"{STORAGE}finalized", "deleted": f"{STORAGE}deleted"}
NOTIFICATIONS = {"created": "OBJECT_FINALIZE", "deleted": "OBJECT_DELETE"}


def handler(consumer: Consumer, timeout: int, event_name: str, prefix: str = "", suffix: str = "") -> Handle:
    """Return the target of a bucket's events; `consumer.call(object, context)` is the generated call.

    Pub/Sub counts attempts. A CloudEvent holds no count, and Eventarc decides whether it is delivered again.
    """

    def decoding(environ: dict[str, Any], body: bytes) -> tuple[StoredObject | None, Message[bytes] | None]:
        return decode(environ, body, event_name)

    def run(event: tuple[StoredObject | None, Message[bytes] | None], context: GcpContext) -> bool:
        found, message = event
        if found is None or not (found.key.startswith(prefix) and found.key.endswith(suffix)):
            return True
        if message is not None:
            return consume(replace(consumer, call=_Brought(consumer.call, found)), message, context)
        dispatch.event(consumer.call, found, context)
        return True

    return event_target(consumer.function, timeout, decoding, run)


class _Brought:
    """The call of a function for the message that holds an object. It passes on the object."""

    __slots__ = ("_call", "_found")

    def __init__(self, call: Any, found: StoredObject) -> None:
        self._call = call
        self._found = found

    def __call__(self, message: Message[bytes], context: GcpContext) -> Any:
        return self._call(self._found, context)


def decode(environ: dict[str, Any], body: bytes, event_name: str) -> tuple[StoredObject | None, Message[bytes] | None]:
    """Return the object of an event and the message that holds it, or None for a CloudEvent.

    The object is None if it was replaced, which is not a deletion. Raises EventError for any other event.
    """
    expected = f"an object {event_name} in a bucket"
    try:
        event = read(environ, body)
        if event.type == PUBLISHED:
            message = message_of(event.data, event.id)
            if message.attributes["eventType"] == NOTIFICATIONS[event_name]:
                return _notified(message), message
        elif event.type == TYPES[event_name]:
            return _direct(event), None
    except UNREADABLE:
        pass
    raise refuse(expected, environ, body)


def _notified(message: Message[bytes]) -> StoredObject | None:
    attributes = message.attributes
    if attributes["eventType"] == "OBJECT_DELETE" and "overwrittenByGeneration" in attributes:
        return None
    resource = (
        json.loads(message.payload) if attributes.get("payloadFormat") == "JSON_API_V1" and message.payload else {}
    )
    return _object(attributes["bucketId"], attributes["objectId"], resource, message.id)


def _direct(event: CloudEvent) -> StoredObject:
    data = event.data
    return _object(data["bucket"], data["name"], data, event.id)


def _object(bucket: Any, key: Any, resource: dict[str, Any], event_id: str) -> StoredObject:
    size, etag = resource.get("size"), resource.get("etag")
    for text in (bucket, key, etag or "-"):
        if not isinstance(text, str) or not text:
            raise TypeError(text)
    if size is not None:
        if isinstance(size, (bool, float)) or int(size) < 0:
            raise ValueError(size)
        size = int(size)
    return StoredObject(bucket, key, size, etag, event_id or None)
