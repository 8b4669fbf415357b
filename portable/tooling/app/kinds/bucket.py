"""Buckets, and the functions for events of their objects."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from portable.errors import NotFound
from portable.eventing.events import Event
from portable.storage.bucket import Bucket, ObjectTrigger
from portable.storage.event import StoredObject
from portable.tooling.app.kinds.kind import ResourceKind, Trigger, TriggerKind, own_feed
from portable.tooling.app.model import FunctionModel

RESOURCE = ResourceKind(
    "bucket",
    Bucket,
    needs={
        "open": ("get",),
        "head": ("get",),
        "put_stream": ("put",),
        "writer": ("put",),
        "copy": ("put", "get"),
        "signed_url": ("sign",),
    },
)


def _title(trigger: Trigger) -> str:
    return f"object {trigger['event']} in {trigger['bucket']}"


def _event(function: FunctionModel, event: Mapping[str, Any]) -> StoredObject:
    bucket = event.get("bucket") or function.trigger["bucket"]
    return StoredObject(bucket, event["key"], event.get("size"), event.get("etag"), event.get("id"))


def _plain(found: StoredObject) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("bucket", "key", "size", "etag", "id")}


def _label(found: StoredObject) -> str:
    return f"{found.key} in {found.bucket}"


def in_bucket(event: Any, resources: Container[tuple[str, str]], name: Callable[[str], str]) -> Any:
    """Return the event of an object with the name that its bucket has in a cloud, and any other event as it is.

    `resources` are those of the app by kind and name; `name` returns the name of a bucket among them.
    """
    if not isinstance(event, StoredObject) or (RESOURCE.name, event.bucket) not in resources:
        return event
    return StoredObject(name(event.bucket), event.key, event.size, event.etag, event.id)


def fits(trigger: Trigger, bucket: str, key: str, event: str) -> bool:
    """Say whether an object's event is for a function with this trigger."""
    return (
        trigger["kind"] == TRIGGER.name
        and (trigger["bucket"], trigger["event"]) == (bucket, event)
        and key.startswith(trigger["prefix"])
        and key.endswith(trigger["suffix"])
    )


def _kept_out(function: FunctionModel, event: Mapping[str, Any]) -> str | None:
    key, prefix, suffix = event.get("key"), function.trigger["prefix"], function.trigger["suffix"]
    if not isinstance(key, str) or (key.startswith(prefix) and key.endswith(suffix)):
        return None
    return f'its trigger asks for keys such as "{prefix}*{suffix}"'


def _facts(function: FunctionModel, event: dict[str, Any], drivers: Any) -> tuple[dict[str, Any], str | None]:
    """Add the size and etag of the object that is in the bucket; what the event says itself is kept."""
    bucket, key = function.trigger["bucket"], event.get("key")
    known = event.get("bucket") not in (None, bucket) or {"size", "etag"} <= event.keys()
    if function.trigger["event"] != "created" or known or not isinstance(key, str):
        return event, None
    try:
        found = drivers.of(Bucket(bucket)).head(key)
    except NotFound:
        return event, f"{key} is not in the local bucket {bucket}, so the event has no size and no etag"
    return {"size": found.size, "etag": found.etag, **event}, None


TRIGGER = TriggerKind(
    name="object",
    declaration=ObjectTrigger,
    events=(StoredObject, Event),
    title=_title,
    form="object",
    example='an object (--object KEY, or --event with {"key", "size", "etag"})',
    event=_event,
    plain=_plain,
    label=_label,
    runtime="objects",
    wanted=lambda function: tuple(repr(function.trigger[name]) for name in ("event", "prefix", "suffix")),
    idempotent=False,
    feed=own_feed,
    shares=lambda trigger: (("bucket.notifications", f"{trigger['bucket']}, {trigger['event']}"),),
    woken=lambda trigger: ("bucket", trigger["bucket"], "put") if trigger["event"] == "created" else None,
    narrowed=lambda trigger: bool(trigger["prefix"] or trigger["suffix"]),
    kept_out=_kept_out,
    facts=_facts,
)
