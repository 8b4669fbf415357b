"""Buckets on any S3-compatible store: takes a bucket's name; returns a driver over obstore. The first use connects.

AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL, names the store (MinIO, Ceph, …), which is addressed path-style; without them
it is Amazon S3. The region is AWS_REGION, else AWS_DEFAULT_REGION. The keys are AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY; else those in the file AWS_SHARED_CREDENTIALS_FILE, which may be replaced at any time; else obstore
looks for a web identity. PORTABLE_S3_ACCESS_KEY_ID, PORTABLE_S3_SECRET_ACCESS_KEY and PORTABLE_S3_REGION come before all of
these, for an app whose other variables lead to AWS. AWS_CA_BUNDLE is as in `portable.storage.s3_compatible`.

PORTABLE_S3_PUBLIC_ENDPOINT is the store's address as browsers see it. Signed URLs lead there, because a signature holds for
one host.
"""

from __future__ import annotations

import os

from portable.base.calls import Extra
from portable.errors import ConfigurationError
from portable.storage.s3_compatible import VARIED, open_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from obstore.store import S3Store

    from portable.storage.bucket import Bucket
    from portable.storage.driver import BucketDriver
    from portable.storage.obstore_store import Sign

PUBLIC = "PORTABLE_S3_PUBLIC_ENDPOINT"
_REGIONS = ("PORTABLE_S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION")


def bucket_driver(bucket: Bucket, address: str) -> BucketDriver:
    """Return the driver of the bucket called `address`. Raises ConfigurationError for what the variables say wrongly."""
    from portable.storage.obstore_driver import ObstoreBucket

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    with Extra("container", "obstore"):
        options = _options()
        store = _store(address, endpoint, options)
        public = os.environ.get(PUBLIC)
        sign = None if not public else _signer(_store(address, public, options), bucket.name)
    return ObstoreBucket(store, bucket.name, VARIED, sign)


def _store(address: str, endpoint: str | None, options: dict[str, Any]) -> S3Store:
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise ConfigurationError(f"the endpoint of the store must begin with http:// or https://, not {endpoint!r}")
    return open_store(address, endpoint, options)


def _options() -> dict[str, Any]:
    """Return obstore's options that the variables ask for, beside the endpoint."""
    environment = os.environ
    options: dict[str, Any] = {}
    if region := next(filter(None, map(environment.get, _REGIONS)), None):
        options["region"] = region
    if key := environment.get("PORTABLE_S3_ACCESS_KEY_ID"):
        keys = {"access_key_id": key, "secret_access_key": environment.get("PORTABLE_S3_SECRET_ACCESS_KEY", "")}
        bare = {"token": None, "expires_at": None}  # AWS_SESSION_TOKEN is another's
        options["credential_provider"] = lambda: keys | bare
        return options
    if file := None if environment.get("AWS_ACCESS_KEY_ID") else environment.get("AWS_SHARED_CREDENTIALS_FILE"):
        from portable_container.runtime.storage_keys import FileKeys

        options["credential_provider"] = FileKeys(file, environment.get("AWS_PROFILE") or "default")
    return options


def _signer(store: S3Store, bucket: str) -> Sign:
    """Return what signs URLs for the public endpoint. Nothing is sent there."""

    def sign(key: str, method: Any, expires: int) -> str:
        from datetime import timedelta

        from obstore import sign as signed

        from portable.storage.obstore_errors import Translated
        from portable.storage.obstore_store import signable

        with Translated(bucket, key):
            return signed(store, method, signable(key, VARIED), timedelta(seconds=expires))

    return sign
