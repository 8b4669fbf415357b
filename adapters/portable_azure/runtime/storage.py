"""Buckets on Azure Blob Storage: takes a container's address; returns a driver over obstore. The first use connects.

The address is the container's URL, `https://<account>.blob.core.windows.net/<container>`, and the app's managed
identity is used (AZURE_CLIENT_ID names a user-assigned one); or it is the container's name alone, in the account of
the connection string in AZURE_STORAGE_CONNECTION_STRING or AzureWebJobsStorage, Azurite's included. A URL on another
host than Azure's needs the connection string too.
"""

from __future__ import annotations

import os

from portable.storage.obstore_objects import Traits
from portable_azure.runtime import accounts
from portable_azure.runtime.clients import bucket_store, developer_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.storage.bucket import Bucket
    from portable.storage.obstore_async import AsyncObstoreBucket
    from portable.storage.obstore_driver import ObstoreBucket, Sign

_TRAITS = Traits(generations=False, starts_after=False, refuses="\\")


def bucket_driver(bucket: Bucket, address: str) -> ObstoreBucket:
    """Return the driver of a container."""
    from portable.storage.obstore_driver import ObstoreBucket

    return ObstoreBucket(bucket_store(address), bucket.name, _TRAITS, signer(address))


def async_bucket_driver(bucket: Bucket, address: str) -> AsyncObstoreBucket:
    """Return the asynchronous driver of a container."""
    from portable.storage.obstore_async import AsyncObstoreBucket

    return AsyncObstoreBucket(bucket_store(address), bucket.name, _TRAITS, signer(address))


def signer(address: str) -> Sign | None:
    """Return a signer of URLs, with the account's key or the host's identity, or None if obstore must sign."""
    from portable_azure.runtime.storage_signing import AccountSigner, IdentitySigner, managed_identity_token

    if accounts.is_container_url(address):
        account, container = accounts.split_url(address)
        endpoint = address.rstrip("/").rpartition("/")[0]
        if os.environ.get("IDENTITY_ENDPOINT"):
            return IdentitySigner(endpoint, account, container, managed_identity_token).sign
        login = developer_token()
        return IdentitySigner(endpoint, account, container, login).sign if login is not None else None
    container = accounts.container_name(address)
    options = accounts.blob_account(container)
    account, key = options["account_name"], options.get("account_key")
    endpoint = options.get("endpoint") or f"https://{account}.blob.core.windows.net"
    return AccountSigner(endpoint, account, key, container).sign if key else None
