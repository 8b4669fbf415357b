"""Buckets on Cloud Storage: a bucket's name in, a driver over obstore out. Nothing is called before the first use.

Credentials are those of the environment: GOOGLE_APPLICATION_CREDENTIALS or gcloud's file, else the metadata server, as
Cloud Run functions have it. Kinds of files that obstore does not read (workload identity federation, impersonation)
go through google-auth. STORAGE_EMULATOR_HOST names another server of the XML API, called without credentials unless
GOOGLE_APPLICATION_CREDENTIALS is set too.
"""

from __future__ import annotations

import os

from portable.base.drivers import missing_extra
from portable.storage.obstore_objects import Traits, client_options, retry_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from obstore.store import GCSStore

    from portable.storage.bucket import Bucket
    from portable.storage.obstore_async import AsyncObstoreBucket
    from portable.storage.obstore_driver import ObstoreBucket

_TRAITS = Traits(generations=True, starts_after=True, signs_paths=True)
_READS_ITSELF = ("service_account", "authorized_user")


def bucket_driver(bucket: Bucket, address: str) -> ObstoreBucket:
    """Return the driver of the Cloud Storage bucket called `address`."""
    from portable.storage.obstore_driver import ObstoreBucket

    return ObstoreBucket(store(address), bucket.name, _TRAITS)


def async_bucket_driver(bucket: Bucket, address: str) -> AsyncObstoreBucket:
    """Return the asynchronous driver of the Cloud Storage bucket called `address`."""
    from portable.storage.obstore_async import AsyncObstoreBucket

    return AsyncObstoreBucket(store(address), bucket.name, _TRAITS)


def store(address: str) -> GCSStore:
    """Return obstore's client of a bucket. Raises ConfigurationError without obstore."""
    try:
        from obstore.store import GCSStore
    except ModuleNotFoundError:
        raise missing_extra("gcp", "obstore") from None

    endpoint = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    file = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if endpoint and "://" not in endpoint:
        endpoint = f"http://{endpoint}"
    options: dict[str, Any] = {
        # obstore allows http of itself only when it is given no options at all; the metadata server needs it
        "client_options": {**client_options(endpoint), "allow_http": True},
        "retry_config": retry_options(),
    }
    if endpoint and not file:
        options["service_account_key"] = _without_credentials(endpoint)
    elif endpoint:
        options["base_url"] = endpoint
    elif file and _kind(file) not in _READS_ITSELF:
        options["credential_provider"] = _google_auth()
    return GCSStore(address, **options)


def _without_credentials(endpoint: str) -> str:
    import json

    settings = {"gcs_base_url": endpoint, "disable_oauth": True}
    return json.dumps({**settings, "client_email": "", "private_key": "", "private_key_id": ""})


def _kind(file: str) -> str:
    import json

    try:
        with open(file, encoding="utf-8") as opened:
            return str(json.load(opened).get("type"))
    except (OSError, ValueError, AttributeError):
        return "service_account"  # obstore itself says what is wrong with the file


def _google_auth() -> Any:
    try:
        from obstore.auth.google import GoogleCredentialProvider
    except ModuleNotFoundError:
        raise missing_extra("gcp", "google-auth") from None
    return GoogleCredentialProvider()
