"""The Cosmos DB container behind an address: text in, azure-cosmos's own container client out, made at the first call.

An address is `https://<account>.documents.azure.com/<database>/<container>`. The identity of the function signs in
(`azure-identity`; `AZURE_CLIENT_ID` names a user-assigned one); where `AZURE_COSMOS_KEY` is set, that key does. An
address on the loopback is an emulator: its certificate is not checked and its own account of its endpoints not followed.
"""

from __future__ import annotations

import os
from threading import Lock

from portable.base.drivers import missing_extra
from portable.errors import ConfigurationError
from portable_azure.runtime.logs import quiet
from portable_azure.runtime.persistence_errors import translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class CosmosClients:
    """The account clients that the tables of one process share, one per account."""

    def __init__(self) -> None:
        quiet()
        self._lock = Lock()
        self._emulator = Lock()
        self._accounts: dict[str, Any] = {}
        self._containers: dict[str, Any] = {}

    def container(self, address: str) -> Any:
        """Return the `ContainerProxy` of an address. Raises ConfigurationError, PermissionDenied or NotFound."""
        found = self._containers.get(address)
        if found is None:
            with self._lock:
                found = self._containers.get(address)
                if found is None:
                    found = self._containers[address] = self._open(address)
        return found

    def batch(self, address: str) -> Callable[[list[tuple[Any, ...]], str], object]:
        """Return what does a transactional batch: operations as azure-cosmos takes them, and their partition key."""
        container = self.container(address)
        if is_emulator(address):
            from portable_azure.runtime.persistence_emulator import batch_of

            return batch_of(container, self._emulator)
        return lambda operations, partition: container.execute_item_batch(operations, partition_key=partition)

    def account(self, address: str) -> Any:
        """Return the `CosmosClient` of the account of an address."""
        url, _, _ = parts(address)
        if url not in self._accounts:
            self._accounts[url] = _account(url)
        return self._accounts[url]

    def _open(self, address: str) -> Any:
        _, database, name = parts(address)
        try:
            container = self.account(address).get_database_client(database).get_container_client(name)
            container.read()  # a missing container is told apart from a missing row here, once
        except Exception as error:
            known = translated(error, address) if _installed() else error
            if known is error:
                raise
            raise known from error
        return container


def parts(address: str) -> tuple[str, str, str]:
    """Return the account's URL, the database and the container of an address. Raises ConfigurationError."""
    from urllib.parse import urlsplit

    split = urlsplit(address)
    names = split.path.strip("/").split("/")
    if split.scheme not in ("https", "http") or not split.netloc or len(names) != 2 or not all(names):
        raise ConfigurationError(
            f"{address!r} is no Cosmos DB address: https://<account>.documents.azure.com/<database>/<container>"
        )
    if split.scheme == "http" and split.hostname not in _LOOPBACK:
        raise ConfigurationError(f"{address!r} must begin with https: only an emulator on this machine may do without")
    return f"{split.scheme}://{split.netloc}/", names[0], names[1]


def is_emulator(address: str) -> bool:
    """Return whether an address is on this machine."""
    from urllib.parse import urlsplit

    return urlsplit(address).hostname in _LOOPBACK


def _installed() -> bool:
    from importlib.util import find_spec

    return find_spec("azure") is not None and find_spec("azure.cosmos") is not None


def _account(url: str) -> Any:
    try:
        from azure.cosmos import CosmosClient
    except ImportError as error:
        raise missing_extra("azure", "azure-cosmos") from error
    key = os.environ.get("AZURE_COSMOS_KEY")
    options: dict[str, Any] = {"retry_throttle_total": 0, "connection_timeout": 3, "read_timeout": 10}
    if is_emulator(url):
        options |= {"connection_verify": False, "enable_endpoint_discovery": False}
    return CosmosClient(url, credential=key or _identity(), **options)


def _identity() -> Any:
    try:
        from azure.identity import DefaultAzureCredential
    except ImportError as error:
        raise missing_extra("azure", "azure-identity") from error
    return DefaultAzureCredential()
