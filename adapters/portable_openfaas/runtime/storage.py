"""Buckets on any S3-compatible store: a bucket's name in, a driver over obstore out. Nothing is called before the first use.

AWS_ENDPOINT_URL names the store (MinIO, Ceph, …), which is addressed path-style; without it, it is Amazon S3.
The keys are the secrets `s3-access-key-id` and `s3-secret-access-key`; where these are not mounted, obstore looks for keys
itself: in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then for a web identity.
"""

from __future__ import annotations

import os

from portable.errors import ConfigurationError
from portable.storage.obstore_objects import Traits, client_options, retry_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.storage.bucket import Bucket
    from portable.storage.driver import AsyncBucketDriver, BucketDriver

_TRAITS = Traits(generations=False, starts_after=True)


def bucket_driver(bucket: Bucket, address: str) -> BucketDriver:
    """Return the driver of the bucket called `address`."""
    from portable.storage.obstore_driver import ObstoreBucket

    return ObstoreBucket(store(address), bucket.name, _TRAITS)


def async_bucket_driver(bucket: Bucket, address: str) -> AsyncBucketDriver:
    """Return the asynchronous driver of the bucket called `address`."""
    from portable.storage.obstore_async import AsyncObstoreBucket

    return AsyncObstoreBucket(store(address), bucket.name, _TRAITS)


def store(address: str) -> Any:
    """Return obstore's client of a bucket. Raises ConfigurationError for a secret that cannot be read."""
    from obstore.store import S3Store

    from portable_openfaas.runtime.settings import read_file

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    options: dict[str, Any] = {"client_options": client_options(endpoint), "retry_config": retry_options()}
    options["region"] = os.environ.get("AWS_REGION") or "us-east-1"
    if endpoint:
        options |= {"endpoint": endpoint.rstrip("/"), "virtual_hosted_style_request": False}
    try:
        options["access_key_id"] = read_file("s3-access-key-id").strip()
        options["secret_access_key"] = read_file("s3-secret-access-key").strip()
    except ConfigurationError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    return S3Store(address, **options)
