"""Buckets on S3: a bucket's name in, a driver over obstore out. Nothing is called before the driver's first use.

Credentials and region are those of the environment, as Lambda sets them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_REGION); without keys there, boto3's chain when boto3 is installed (profiles, SSO, SnapStart's
container credentials), else obstore's own (container, web identity, instance). AWS_ENDPOINT_URL_S3, then
AWS_ENDPOINT_URL, name another server, which is addressed path-style.
"""

from __future__ import annotations

import os

from portable.base.drivers import missing_extra
from portable.storage.obstore_objects import Traits, client_options, retry_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from obstore.store import S3Store

    from portable.storage.bucket import Bucket
    from portable.storage.obstore_async import AsyncObstoreBucket
    from portable.storage.obstore_driver import ObstoreBucket

_TRAITS = Traits(generations=False, starts_after=True)


def bucket_driver(bucket: Bucket, address: str) -> ObstoreBucket:
    """Return the driver of the S3 bucket called `address`."""
    from portable.storage.obstore_driver import ObstoreBucket

    return ObstoreBucket(store(address), bucket.name, _TRAITS)


def async_bucket_driver(bucket: Bucket, address: str) -> AsyncObstoreBucket:
    """Return the asynchronous driver of the S3 bucket called `address`."""
    from portable.storage.obstore_async import AsyncObstoreBucket

    return AsyncObstoreBucket(store(address), bucket.name, _TRAITS)


def store(address: str) -> S3Store:
    """Return obstore's client of an S3 bucket. Raises ConfigurationError without obstore."""
    try:
        from obstore.store import S3Store
    except ModuleNotFoundError:
        raise missing_extra("aws", "obstore") from None

    environment = os.environ
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    options: dict[str, Any] = {"client_options": client_options(endpoint), "retry_config": retry_options()}
    if endpoint:
        options |= {"endpoint": endpoint.rstrip("/"), "virtual_hosted_style_request": False}
    if region:
        options["region"] = region
    if not environment.get("AWS_ACCESS_KEY_ID"):
        provider = _boto3_credentials()
        if provider is not None:
            options["credential_provider"] = provider
    return S3Store(address, **options)


def _boto3_credentials() -> Any:
    """Return boto3's credentials for obstore, None when boto3 is not installed or knows none."""
    try:
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ModuleNotFoundError:
        return None
    session = boto3.Session()
    return Boto3CredentialProvider(session) if session.get_credentials() is not None else None
