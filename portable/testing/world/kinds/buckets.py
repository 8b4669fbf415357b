"""Buckets."""

from __future__ import annotations

import json
from typing import Any

from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing
from portable.storage.asynchronous import AsyncBucket
from portable.storage.clients import BucketReader, BucketWriter
from portable.storage.event import StoredObject
from portable.storage.memory import MemoryBucket
from portable.testing.world.kinds.kind import Clock, Ids, Items, KitResource, KitTrigger


def _make(bucket: Any, clock: Clock, _ids: Ids) -> MemoryBucket:
    return MemoryBucket(bucket.name, clock)


def _objects(snapshot: Any) -> Items:
    for key, (data, info) in snapshot.items():
        yield repr(key), {"data": data, "content_type": info.content_type, "metadata": dict(info.metadata)}


def write_object(found: StoredObject) -> Outgoing:
    """Return a bucket's event as a message."""
    fields = {name: getattr(found, name) for name in ("bucket", "key", "size", "etag", "id")}
    return Outgoing(json.dumps(fields).encode(), True, {}, json=True)


def read_object(message: Message[bytes]) -> StoredObject:
    """Return the bucket's event in a message."""
    return StoredObject(**json.loads(message.payload))


RESOURCE = KitResource(
    "bucket",
    _make,
    effects=("put", "put_stream", "writer", "copy", "delete"),
    items=_objects,
    twin=AsyncBucket,
    actions={
        "open": ("get",),
        "head": ("get",),
        "put_stream": ("put",),
        "writer": ("put",),
        "copy": ("put", "get"),
    },
    clients=(BucketReader, BucketWriter),
)
TRIGGER = KitTrigger("object", StoredObject, write_object, read_object)
