"""Bucket events in a container: takes what a store tells of its objects, from JetStream or as a CloudEvent; returns StoredObjects.

MinIO sends `{EventName, Key, Records}` to NATS or a webhook, Ceph `{Records}` to a webhook, each with one record. MinIO's keys
are form-encoded, Ceph's are plain. Sources: minio, internal/event and cmd/event-notification.go, which were read and not run;
Ceph, doc/radosgw/notifications.rst, and what a gateway 16.2 was seen to send.
"""

from __future__ import annotations

import json
from types import NoneType

from portable.base.values import Value, replace
from portable.compute import dispatch
from portable.compute.consume import consume
from portable.compute.several import readable, run_all
from portable.errors import EventError
from portable.eventing.message import Message
from portable.eventing.urls import unquote
from portable.storage.event import StoredObject
from portable_container.runtime.cloudevents import OBJECT
from portable_container.runtime.eventing_wire import read
from portable_container.runtime.taking import UNREADABLE, Taker, Unwanted, attempt_of, not_ours, of_jetstream, trace_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nats.aio.msg import Msg

    from portable.compute.consume import Consumer
    from portable.compute.context import Context
    from portable_container.runtime.cloudevents import CloudEvent

    Found = StoredObject | EventError

_NAMES = {"created": ("ObjectCreated:",), "deleted": ("ObjectRemoved:", "ObjectLifecycle:Expiration:Current")}
_UNCHANGED = frozenset(
    (
        "ObjectCreated:PutTagging",
        "ObjectCreated:DeleteTagging",
        "ObjectCreated:PutRetention",
        "ObjectCreated:PutLegalHold",
        "ObjectRemoved:NoOP",
    )
)
"""What MinIO also tells of an object whose bytes are as before, and of one that was not there."""


class Notified(Value):
    """The objects that one event tells of, and the message that brought it: its attempts are counted as those of any other."""

    objects: list[Found]
    message: Message[bytes]


def handler(consumer: Consumer, timeout: float, event_name: str, prefix: str = "", suffix: str = "") -> Taker:
    """Return what takes a bucket's events; `consumer.call(object, context)` is the generated call.

    `event_name` is "created" or "deleted". If one of several objects fails, the event comes again with all of them.
    """
    expected = f"an object {event_name} in a bucket"

    def wanted(found: list[Found]) -> list[Found]:
        return [one for one in readable(found) if isinstance(one, EventError) or _fits(one.key, prefix, suffix)]

    def of_message(found: Msg) -> Notified:
        message = read(found)
        return Notified(wanted(decode(json.loads(message.payload), event_name)), message)

    def of_event(found: CloudEvent) -> Notified:
        try:
            kind, told = found.attributes["type"], json.loads(found.data)
            objects: list[Found] = (
                decode(told, event_name) if not kind.startswith(OBJECT) else [_own(kind, told, event_name)]
            )
            message = Message(found.attributes["id"], found.data, attempt_of(found), trace=trace_of(found))
        except UNREADABLE:
            raise not_ours(expected, found) from None
        return Notified(wanted(objects), message)

    def run(notified: Notified, context: Context) -> bool:
        def brought(_message: Message[bytes], context: Context) -> None:
            run_all(notified.objects, lambda found: dispatch.event(consumer.call, found, context))

        return not notified.objects or consume(replace(consumer, call=brought), notified.message, context)

    return Taker(consumer.function, timeout, of_jetstream(expected, of_message, "bucket"), of_event, run)


def records_of(told: Any) -> list[Any]:
    """Return the records of a notification, none for a store's test event. Raises KeyError or TypeError for anything else."""
    if told.get("Event") == "s3:TestEvent":
        return []
    records = told["Records"]
    if not isinstance(records, list) or not records:
        raise TypeError("Records")
    return records


def decode(told: Any, event_name: str) -> list[Found]:
    """Return the objects of a notification that were "created" or "deleted". What is no record becomes an EventError.

    Raises Unwanted if it tells of other changes alone, and KeyError, TypeError or AttributeError if it is none.
    """
    expected = f"an object {event_name} in a bucket"
    records = records_of(told)
    found: list[Found] = []
    for record in records:
        try:
            if _tells(record, event_name):
                found.append(_object(record, event_name))
        except UNREADABLE:
            found.append(EventError(expected, "a record without the bucket and the key of an object"))
    if records and not found:
        raise Unwanted(expected, f'"{records[0]["eventName"]}"')
    return found


def _tells(record: Any, event_name: str) -> bool:
    """Return whether a record tells of that event. Ceph also announces an upload in parts that begins: without an ETag."""
    name = record["eventName"].removeprefix("s3:")
    if name in _UNCHANGED or not name.startswith(_NAMES[event_name]):
        return False
    return not (name == "ObjectCreated:Post" and record["s3"]["object"].get("eTag") == "")


def _object(record: Any, event_name: str) -> StoredObject:
    told = record["s3"]["object"]
    key: str = told["key"] if record["eventSource"] == "ceph:s3" else unquote(told["key"].replace("+", " "))
    own: str | None = record.get("eventId") or told.get("sequencer")  # MinIO has no eventId
    if event_name == "deleted":  # Ceph tells the size and ETag that it had
        return _checked(StoredObject(record["s3"]["bucket"]["name"], key, id=own))
    size = int(told.get("size", 0))  # MinIO leaves 0 out
    return _checked(StoredObject(record["s3"]["bucket"]["name"], key, size, told.get("eTag") or None, own))


def _own(kind: str, told: Any, event_name: str) -> StoredObject:
    if kind != f"{OBJECT}{event_name}":
        raise Unwanted(f"an object {event_name} in a bucket", f'"{kind}"')
    return _checked(StoredObject(told["bucket"], told["key"], told.get("size"), told.get("etag"), told.get("id")))


def _checked(found: StoredObject) -> StoredObject:
    if not isinstance(found.bucket, str) or not isinstance(found.key, str):
        raise TypeError("bucket and key are text")
    if not all(isinstance(text, (str, NoneType)) for text in (found.etag, found.id)) or not isinstance(
        found.size, (int, NoneType)
    ):
        raise TypeError("size is a number, etag and id are text")
    return found


def _fits(key: str, prefix: str, suffix: str) -> bool:
    return key.startswith(prefix) and key.endswith(suffix)
