"""Takes addresses of resources on Azure; returns the accounts, names and credentials that they stand for. Makes no call.

A queue or a bucket is its URL, or its name alone in the account of the connection string in
AZURE_STORAGE_CONNECTION_STRING or AzureWebJobsStorage, Azurite's included. A table is
`https://<account>.documents.azure.com/<database>/<container>`. An address on this machine is an emulator.
"""

from __future__ import annotations

import os

from portable.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STRINGS = ("AZURE_STORAGE_CONNECTION_STRING", "AzureWebJobsStorage")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# https://learn.microsoft.com/azure/storage/common/storage-use-azurite: the emulator's account, the same everywhere
_EMULATOR = {
    "AccountName": "devstoreaccount1",
    "AccountKey": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "BlobEndpoint": "http://127.0.0.1:10000/devstoreaccount1",
}


def connection_string() -> str | None:
    """Return the connection string of the storage account, or None if there is none."""
    return next((os.environ[name] for name in STRINGS if os.environ.get(name)), None)


def connection_settings(text: str) -> dict[str, str]:
    """Return the settings of a connection string: `AccountName=…;AccountKey=…;BlobEndpoint=…`."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    settings = {name.strip(): value.strip() for name, _, value in pairs}
    if settings.get("UseDevelopmentStorage", "").lower() == "true":
        return {**_EMULATOR, **settings}
    return settings


def is_of_azure(address: str) -> bool:
    """Return whether an address is in one of Azure's clouds, not an emulator on this machine."""
    host = _host(address)
    return bool(host) and host not in LOOPBACK and not host.endswith(".localhost")


def is_local(address: str) -> bool:
    """Return whether an address is on this machine."""
    return _host(address) in LOOPBACK


def _host(address: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(address).hostname or ""


def queue_account(queue: str) -> str:
    """Return the URL of the queue service in the settings of a functions host that signs in by identity."""
    url = os.environ.get("AzureWebJobsStorage__queueServiceUri")  # noqa: SIM112  (the host's own spelling)
    account = os.environ.get("AzureWebJobsStorage__accountName")  # noqa: SIM112
    if url:
        return url.rstrip("/")
    if account:
        return f"https://{account}.queue.core.windows.net"
    raise ConfigurationError(
        f'queue "{queue}" needs an account: give its URL, or set {" or ".join(STRINGS)}, '
        "or AzureWebJobsStorage__accountName"
    )


def is_container_url(address: str) -> bool:
    """Return whether a bucket's address is the URL of a container on Azure, rather than a name in the connection string."""
    return address.startswith("https://") and ".blob." in address


def container_name(address: str) -> str:
    """Return the name of the container at an address."""
    return address.rstrip("/").rpartition("/")[2]


def split_url(address: str) -> tuple[str, str]:
    """Return the account and the container of `https://<account>.blob.<cloud>/<container>`."""
    host, _, container = address.removeprefix("https://").rstrip("/").partition("/")
    if not container or "/" in container:
        raise ConfigurationError(
            f"{address} is not the URL of a container: write https://<account>.blob.<cloud>/<container>"
        )
    return host.partition(".")[0], container


def blob_account(container: str) -> dict[str, Any]:
    """Return obstore's options for the account of the connection string."""
    text = connection_string()
    if text is None:
        raise ConfigurationError(
            f'container "{container}" needs an account: give its URL, or set {" or ".join(STRINGS)}'
        )
    settings = connection_settings(text)
    account = settings.get("AccountName")
    endpoint = settings.get("BlobEndpoint")
    if not account and endpoint:
        account = endpoint.partition("://")[2].partition(".")[0]
    if not account:
        raise ConfigurationError(
            "the connection string of the storage account has no AccountName: copy it again from the portal"
        )
    options: dict[str, Any] = {"account_name": account}
    if settings.get("AccountKey"):
        options["account_key"] = settings["AccountKey"]
    elif settings.get("SharedAccessSignature"):
        options["sas_key"] = settings["SharedAccessSignature"].removeprefix("?")
    if endpoint:
        options["endpoint"] = endpoint.rstrip("/")
    return options


def cosmos_parts(address: str) -> tuple[str, str, str]:
    """Return the account's URL, the database and the container of an address. Raises ConfigurationError."""
    from urllib.parse import urlsplit

    split = urlsplit(address)
    names = split.path.strip("/").split("/")
    if split.scheme not in ("https", "http") or not split.netloc or len(names) != 2 or not all(names):
        raise ConfigurationError(
            f"{address!r} is not a Cosmos DB address: write https://<account>.documents.azure.com/<database>/<container>"
        )
    if split.scheme == "http" and split.hostname not in LOOPBACK:
        raise ConfigurationError(f"{address!r} must begin with https (http is only for an emulator on this machine)")
    return f"{split.scheme}://{split.netloc}/", names[0], names[1]
