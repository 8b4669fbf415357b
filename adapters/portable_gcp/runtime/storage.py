"""Buckets on Cloud Storage: takes a bucket's name; returns a driver over obstore. The first use connects."""

from __future__ import annotations

from portable.storage.obstore_objects import Traits
from portable_gcp.runtime.clients import bucket_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.storage.bucket import Bucket
    from portable.storage.obstore_async import AsyncObstoreBucket
    from portable.storage.obstore_driver import ObstoreBucket

_TRAITS = Traits(generations=True, starts_after=True, signs_paths=True)


def bucket_driver(bucket: Bucket, address: str) -> ObstoreBucket:
    """Return the driver of the Cloud Storage bucket called `address`."""
    from portable.storage.obstore_driver import ObstoreBucket

    return ObstoreBucket(bucket_store(address), bucket.name, _TRAITS)


def async_bucket_driver(bucket: Bucket, address: str) -> AsyncObstoreBucket:
    """Return the asynchronous driver of the Cloud Storage bucket called `address`."""
    from portable.storage.obstore_async import AsyncObstoreBucket

    return AsyncObstoreBucket(bucket_store(address), bucket.name, _TRAITS)
