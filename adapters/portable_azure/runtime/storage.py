"""Buckets on Azure Blob Storage: a container's address in, a driver over obstore out; nothing is called before first use.

The address is the container's URL, `https://<account>.blob.core.windows.net/<container>`, and the app's managed
identity is used (AZURE_CLIENT_ID names a user-assigned one); or it is the container's name alone, in the account of
the connection string in AZURE_STORAGE_CONNECTION_STRING or AzureWebJobsStorage, Azurite's included. A URL on another
host than Azure's needs the connection string too.
"""

from __future__ import annotations

import os

from portable.base.drivers import missing_extra
from portable.errors import ConfigurationError
from portable.storage.obstore_objects import Traits, client_options, retry_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from obstore.store import AzureStore

    from portable.storage.bucket import Bucket
    from portable.storage.obstore_async import AsyncObstoreBucket
    from portable.storage.obstore_driver import ObstoreBucket, Sign

_TRAITS = Traits(generations=False, starts_after=False, refuses="\\")
_STRINGS = ("AZURE_STORAGE_CONNECTION_STRING", "AzureWebJobsStorage")

# https://learn.microsoft.com/azure/storage/common/storage-use-azurite: the emulator's account, the same everywhere
_EMULATOR = {
    "AccountName": "devstoreaccount1",
    "AccountKey": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "BlobEndpoint": "http://127.0.0.1:10000/devstoreaccount1",
}


def bucket_driver(bucket: Bucket, address: str) -> ObstoreBucket:
    """Return the driver of a container."""
    from portable.storage.obstore_driver import ObstoreBucket

    return ObstoreBucket(store(address), bucket.name, _TRAITS, signer(address))


def async_bucket_driver(bucket: Bucket, address: str) -> AsyncObstoreBucket:
    """Return the asynchronous driver of a container."""
    from portable.storage.obstore_async import AsyncObstoreBucket

    return AsyncObstoreBucket(store(address), bucket.name, _TRAITS, signer(address))


def signer(address: str) -> Sign | None:
    """Return what signs URLs: with the account's key, or as the host's identity; None leaves it to obstore."""
    from portable_azure.runtime.storage_signing import AccountSigner, IdentitySigner, managed_identity_token

    if _is_container_url(address):
        account, container = split_url(address)
        endpoint = address.rstrip("/").rpartition("/")[0]
        if os.environ.get("IDENTITY_ENDPOINT"):
            return IdentitySigner(endpoint, account, container, managed_identity_token).sign
        login = _developer_login()
        return IdentitySigner(endpoint, account, container, login).sign if login is not None else None
    container = _container(address)
    options = _by_connection_string(container)
    account, key = options["account_name"], options.get("account_key")
    endpoint = options.get("endpoint") or f"https://{account}.blob.core.windows.net"
    return AccountSigner(endpoint, account, key, container).sign if key else None


def store(address: str) -> AzureStore:
    """Return obstore's client of a container. Raises ConfigurationError without obstore, or for a missing account."""
    try:
        from obstore.store import AzureStore
    except ModuleNotFoundError:
        raise missing_extra("azure", "obstore") from None

    if _is_container_url(address):
        account, container = split_url(address)
        options = _identity(account)
    else:
        container = _container(address)
        options = _by_connection_string(container)
    options.setdefault("client_options", client_options(options.get("endpoint")))
    return AzureStore(container, retry_config=retry_options(), **options)


def _is_container_url(address: str) -> bool:
    return address.startswith("https://") and ".blob." in address


def _container(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def split_url(address: str) -> tuple[str, str]:
    """Return the account and the container of `https://<account>.blob.<cloud>/<container>`."""
    host, _, container = address.removeprefix("https://").rstrip("/").partition("/")
    if not container or "/" in container:
        raise ConfigurationError(f"{address} is not the URL of a container: https://<account>.blob.<cloud>/<container>")
    return host.partition(".")[0], container


def connection_settings(text: str) -> dict[str, str]:
    """Return the settings of a connection string: `AccountName=…;AccountKey=…;BlobEndpoint=…`."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    settings = {name.strip(): value.strip() for name, _, value in pairs}
    if settings.get("UseDevelopmentStorage", "").lower() == "true":
        return {**_EMULATOR, **settings}
    return settings


def _identity(account: str) -> dict[str, Any]:
    """Return the options for the app's own identity, or for what AZURE_… variables name when it has none."""
    options: dict[str, Any] = {"account_name": account}
    environment = os.environ
    if environment.get("IDENTITY_ENDPOINT"):  # the host's: a stray variable must not choose another credential
        options["credential_type"] = "managed_identity"
    elif not any(environment.get(name) for name in ("AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE")):
        provider = _azure_identity()
        if provider is not None:
            options["credential_provider"] = provider
    return options


def _developer_login() -> Callable[[], str] | None:
    """Return what gives tokens of azure-identity's chain, None when it is not installed."""
    try:
        from azure.identity import DefaultAzureCredential
    except ModuleNotFoundError:
        return None
    return lambda: str(DefaultAzureCredential().get_token("https://storage.azure.com/.default").token)


def _azure_identity() -> Any:
    """Return azure-identity's chain for obstore (a developer's login), None when it is not installed."""
    try:
        from azure.identity import DefaultAzureCredential
        from obstore.auth.azure import AzureCredentialProvider
    except ModuleNotFoundError:
        return None
    return AzureCredentialProvider(DefaultAzureCredential())


def _by_connection_string(container: str) -> dict[str, Any]:
    text = next((os.environ[name] for name in _STRINGS if os.environ.get(name)), None)
    if text is None:
        raise ConfigurationError(
            f'container "{container}" needs an account: give its URL, or set {" or ".join(_STRINGS)}'
        )
    settings = connection_settings(text)
    account = settings.get("AccountName")
    endpoint = settings.get("BlobEndpoint")
    if not account and endpoint:
        account = endpoint.partition("://")[2].partition(".")[0]
    if not account:
        raise ConfigurationError("the connection string of the storage account names no AccountName")
    options: dict[str, Any] = {"account_name": account}
    if settings.get("AccountKey"):
        options["account_key"] = settings["AccountKey"]
    elif settings.get("SharedAccessSignature"):
        options["sas_key"] = settings["SharedAccessSignature"].removeprefix("?")
    if endpoint:
        options["endpoint"] = endpoint.rstrip("/")
    return options
