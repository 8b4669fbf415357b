"""Buckets on any S3-compatible store: takes a bucket's name; returns a driver over obstore. The first use connects.

AWS_ENDPOINT_URL names the store (MinIO, Ceph, …), which is addressed path-style. Without it, the store is Amazon S3.
The keys are the secrets `s3-access-key-id` and `s3-secret-access-key`. If these are not mounted, obstore looks for keys
itself: in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then in a web identity.
"""

from __future__ import annotations

import os

from portable.errors import ConfigurationError
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
    """Return obstore's client of a bucket. Raises ConfigurationError for a secret that cannot be read."""
    from portable_openfaas.runtime.settings import read_file

    keys: dict[str, str] = {}
    try:
        keys["access_key_id"] = read_file("s3-access-key-id").strip()
        keys["secret_access_key"] = read_file("s3-secret-access-key").strip()
    except ConfigurationError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    return open_store(address, os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"), keys)
