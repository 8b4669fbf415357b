"""Buckets on any S3-compatible store: takes a bucket's name; returns a driver over obstore. The first use connects.

The keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which obstore reads itself. AWS_ENDPOINT_URL names the store, which
is then addressed path-style; without it, the store is Amazon S3. All of them come with the config of the code package.
"""

from __future__ import annotations

import os

from portable.storage.s3_compatible import VARIED, open_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.storage.bucket import Bucket
    from portable.storage.driver import BucketDriver


def bucket_driver(bucket: Bucket, address: str) -> BucketDriver:
    """Return the driver of the bucket called `address`."""
    from portable.storage.obstore_driver import ObstoreBucket

    return ObstoreBucket(store(address), bucket.name, VARIED)


def store(address: str) -> Any:
    """Return obstore's client of a bucket."""
    return open_store(address, os.environ.get("AWS_ENDPOINT_URL"))
