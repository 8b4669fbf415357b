"""Buckets."""

from __future__ import annotations

from typing import Any, ClassVar

from portable.storage.async_clients import AsyncBucketReadWriter, AsyncBucketSigner
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReader, BucketReadWriter, BucketSigner, BucketWriter
from portable.storage.event import StoredObject
from portable.storage.memory import AsyncMemoryBucket, MemoryBucket
from portable.testing.paging import every_item
from portable.testing.world.kinds.bucket_watch import WatchedBucket
from portable.testing.world.kinds.kind import Clock, Ids, Items, KitResource, KitTrigger
from portable.testing.world.kinds.part import CloudPart, expect
from portable.tooling.run.kinds.feeds import write_object


class BucketView(BucketReadWriter, BucketSigner):
    """Everything a bucket can do. What it stores and deletes fires the app's functions."""

    __slots__ = ()
    actions: ClassVar[Any] = ()
    granted_by: ClassVar[dict[str, str]] = {}

    def keys(self, prefix: str = "") -> list[str]:
        """Return all keys, in order."""
        return [item.key for item in every_item(lambda page: self.list(prefix, page=page))]


class AsyncBucketView(AsyncBucketReadWriter, AsyncBucketSigner):
    """Everything a bucket can do, awaited."""

    __slots__ = ()
    actions: ClassVar[Any] = ()
    granted_by: ClassVar[dict[str, str]] = {}


class Buckets(CloudPart):
    """What `cloud` shows of buckets."""

    def bucket(self, bucket: Bucket) -> BucketView:
        """Return a client of a bucket that may do everything."""
        return BucketView(expect(bucket, Bucket), self._drivers)


def _make(bucket: Any, clock: Clock, _ids: Ids) -> MemoryBucket:
    return MemoryBucket(bucket.name, clock)


def _objects(snapshot: Any) -> Items:
    for key, (data, info) in snapshot.items():
        yield repr(key), {"data": data, "content_type": info.content_type, "metadata": dict(info.metadata)}


RESOURCE = KitResource(
    "bucket",
    _make,
    BucketView,
    AsyncBucketView,
    effects=("put", "put_stream", "writer", "copy", "delete"),
    items=_objects,
    twin=AsyncMemoryBucket,
    clients=(BucketReader, BucketWriter),
    watched=WatchedBucket,
)
TRIGGER = KitTrigger("object", StoredObject, write_object)
