"""Buckets and the functions that are told of their objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.eventing.events import Event
from portable.storage.bucket import Bucket, ObjectTrigger
from portable.storage.event import StoredObject
from portable.tooling.app.kinds.kind import ResourceKind, Trigger, TriggerKind
from portable.tooling.app.model import FunctionModel

RESOURCE = ResourceKind("bucket", Bucket)


def _title(trigger: Trigger) -> str:
    return f"object {trigger['event']} in {trigger['bucket']}"


def _feed(function: FunctionModel) -> str:
    return function.name


def _event(function: FunctionModel, event: Mapping[str, Any]) -> StoredObject:
    bucket = event.get("bucket") or function.trigger["bucket"]
    return StoredObject(bucket, event["key"], event.get("size"), event.get("etag"), event.get("id"))


TRIGGER = TriggerKind(
    name="object",
    declaration=ObjectTrigger,
    events=(StoredObject, Event),
    title=_title,
    form="object",
    example='an object ({"key", "size", "etag"})',
    event=_event,
    idempotent=False,
    feed=_feed,
)
