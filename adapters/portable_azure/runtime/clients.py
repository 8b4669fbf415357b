"""The clients of Azure that a process shares: takes an address; returns Azure's or obstore's client, made at the first call.

The identity of the function signs in everywhere (`azure-identity`; AZURE_CLIENT_ID names a user-assigned one). Queues
and buckets also take a connection string (`accounts.py`), tables the key in AZURE_COSMOS_KEY, topics the key in
AZURE_EVENTGRID_KEY. An address on this machine is an emulator. There the certificate of Cosmos DB is not
checked, the endpoints that it lists are not used, and a vault's challenge need not name the vault.
"""

from __future__ import annotations

import os
from functools import cache

from portable.base.backoff import until_deadline, within
from portable.base.calls import Calls, Extra, passing
from portable.base.kept import Kept
from portable.base.logs import quiet
from portable.errors import ConfigurationError
from portable_azure.runtime import accounts
from portable_azure.runtime.errors import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from obstore.store import AzureStore

    T = TypeVar("T")

OPTIONS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 20}
"""Options of every client. azure-eventgrid does not pass them on, so they are given again with each of its calls."""


def limited() -> dict[str, Any]:
    """Return what each call of a queue or topic is told: it waits no longer than the function's own call may last."""
    return {
        "connection_timeout": within(OPTIONS["connection_timeout"]),
        "read_timeout": within(OPTIONS["read_timeout"]),
    }


_COSMOS_OPTIONS: dict[str, Any] = {
    "retry_throttle_total": 1,  # for azure-cosmos 0 means its default: 9 attempts of up to 30 seconds
    "retry_throttle_backoff_max": 1,
    "connection_timeout": 3,
    "read_timeout": 10,
}
_VARIABLES = (
    *accounts.STRINGS,
    "AZURE_COSMOS_KEY",
    "AZURE_EVENTGRID_KEY",
    "AZURE_EVENTHUB_CONNECTION_STRING",
    "AZURE_CLIENT_ID",
)
STORAGE_SCOPE = "https://storage.azure.com/.default"


class AzureClients:
    """The clients of queues, topics, vaults and tables, one per address. `call` calls their methods."""

    def __init__(self, credential: Any = None, remaining: Callable[[], float] = until_deadline) -> None:
        """`credential` is a TokenCredential, by default the function's identity; `remaining` returns the seconds left."""
        quiet("azure")  # two records for each request, by azure-core's HttpLoggingPolicy
        self._credential = credential
        self._kept = Kept()
        self._containers = (
            Kept()
        )  # apart, because opening a container calls the service and would delay the other clients
        self.calls = Calls(classify, remaining)

    def call(self, action: Callable[[], T], what: str) -> T:
        """Return the result of `action`, which is retried after throttling and failures. `what` names the resource."""
        return self.calls.call(action, what, passing)

    def queue(self, address: str) -> Any:
        """Return the `QueueClient` of a queue's URL, or of its name in the account of the connection string."""
        return self._kept.get(("queue", address), lambda: self._queue(address))

    def topic(self, address: str) -> Any:
        """Return the `EventGridPublisherClient` of a topic's endpoint."""
        return self._kept.get(("topic", address), lambda: self._topic(address))

    def hub(self, address: str) -> Any:
        """Return the `EventHubProducerClient` of an event hub's address, or of its name beside the connection string."""
        return self._kept.get(("hub", address), lambda: self._hub(address))

    def vault(self, address: str) -> Any:
        """Return the `SecretClient` of a vault's URL."""
        return self._kept.get(("vault", address), lambda: self._vault(address))

    def account(self, address: str) -> Any:
        """Return the `CosmosClient` of the account of a table's address."""
        url, _, _ = accounts.cosmos_parts(address)
        return self._kept.get(("account", url), lambda: self._account(url))

    def container(self, address: str) -> Any:
        """Return the `ContainerProxy` of a table's address. Raises ConfigurationError, PermissionDenied or NotFound."""
        return self._containers.get(address, lambda: self._container(address))

    def batch(self, address: str) -> Callable[[list[tuple[Any, ...]], str], object]:
        """Return a function that runs a transactional batch. It takes azure-cosmos's operations and their partition key."""
        container = self.container(address)
        if accounts.is_local(address):
            from threading import Lock

            from portable_azure.runtime.persistence_emulator import batch_of

            return batch_of(container, self._kept.get("emulator", Lock))
        return lambda operations, partition: container.execute_item_batch(operations, partition_key=partition)

    def identity(self) -> Any:
        """Return the credential to sign in with. Raises ConfigurationError if azure-identity is not installed."""
        return self._credential or self._kept.get("identity", _identity)

    def _queue(self, address: str) -> Any:
        with Extra("azure", "azure-storage-queue"):
            from azure.storage.queue import QueueClient
        text = accounts.connection_string()
        account, slash, name = address.rstrip("/").rpartition("/")
        if text is not None and (not slash or not accounts.is_of_azure(address)):
            return QueueClient.from_connection_string(text, name, **OPTIONS)
        if not slash:
            account = accounts.queue_account(name)
        return QueueClient(account, name, credential=self.identity(), **OPTIONS)

    def _topic(self, address: str) -> Any:
        with Extra("azure", "azure-eventgrid"):
            from azure.core.credentials import AzureKeyCredential
            from azure.eventgrid import EventGridPublisherClient
        key = os.environ.get("AZURE_EVENTGRID_KEY")
        return EventGridPublisherClient(address, AzureKeyCredential(key) if key else self.identity())

    def _hub(self, address: str) -> Any:
        with Extra("azure", "azure-eventhub"):
            from azure.eventhub import EventHubProducerClient
        namespace, slash, name = address.removeprefix("sb://").rstrip("/").rpartition("/")
        text = os.environ.get("AZURE_EVENTHUB_CONNECTION_STRING")
        if slash:
            return EventHubProducerClient(namespace, name, self.identity(), retry_total=0)
        if text:
            return EventHubProducerClient.from_connection_string(text, eventhub_name=name, retry_total=0)
        raise ConfigurationError(
            f'"{address}" is the name of an event hub without its namespace: write <namespace>.servicebus.windows.net/'
            f"{address}, or set AZURE_EVENTHUB_CONNECTION_STRING"
        )

    def _vault(self, address: str) -> Any:
        with Extra("azure", "azure-keyvault-secrets"):
            from azure.keyvault.secrets import SecretClient
        local = {} if accounts.is_of_azure(address) else {"verify_challenge_resource": False}
        return SecretClient(address, credential=self.identity(), **OPTIONS, **local)

    def _account(self, url: str) -> Any:
        with Extra("azure", "azure-cosmos"):
            from azure.cosmos import CosmosClient
        key = os.environ.get("AZURE_COSMOS_KEY")
        options = dict(_COSMOS_OPTIONS)
        if accounts.is_local(url):
            options |= {"connection_verify": False, "enable_endpoint_discovery": False}
        return CosmosClient(url, credential=key or self.identity(), **options)

    def _container(self, address: str) -> Any:
        _, database, name = accounts.cosmos_parts(address)

        def open_it() -> Any:
            container = self.account(address).get_database_client(database).get_container_client(name)
            container.read()  # checks once that the container exists, so that a later 404 means a missing row
            return container

        return self.calls.once(open_it, f"Cosmos DB container {address}")


def shared() -> AzureClients:
    """Return the clients of this process. There is one set for each setting of the variables that they read."""
    return _shared(*map(os.environ.get, _VARIABLES))


@cache
def _shared(*environment: str | None) -> AzureClients:
    return AzureClients()


def _identity() -> Any:
    with Extra("azure", "azure-identity"):
        from azure.identity import DefaultAzureCredential
    return DefaultAzureCredential()


def bucket_store(address: str) -> AzureStore:
    """Return obstore's client of a container. Raises ConfigurationError without obstore, or for a missing account."""
    with Extra("azure", "obstore"):
        from obstore.store import AzureStore
    from portable.storage.obstore_objects import client_options, retry_options

    if accounts.is_container_url(address):
        account, container = accounts.split_url(address)
        options = _identity_options(account)
    else:
        container = accounts.container_name(address)
        options = accounts.blob_account(container)
    options.setdefault("client_options", client_options(options.get("endpoint")))
    return AzureStore(container, retry_config=retry_options(), **options)


def _identity_options(account: str) -> dict[str, Any]:
    """Return obstore's options for the app's identity, or, if it has none, for what the AZURE_… variables name."""
    options: dict[str, Any] = {"account_name": account}
    environment = os.environ
    if environment.get(
        "IDENTITY_ENDPOINT"
    ):  # the host's identity, so that other variables cannot select another credential
        options["credential_type"] = "managed_identity"
    elif not any(environment.get(name) for name in ("AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE")):
        provider = _developer_provider()
        if provider is not None:
            options["credential_provider"] = provider
    return options


def _developer_provider() -> Any:
    """Return azure-identity's chain for obstore (a developer's login), None when it is not installed."""
    try:
        from azure.identity import DefaultAzureCredential  # noqa: F401  (obstore's provider asks for it)
        from obstore.auth.azure import AzureCredentialProvider
    except ModuleNotFoundError:
        return None
    return AzureCredentialProvider(shared().identity())


def developer_token() -> Callable[[], str] | None:
    """Return a function that gives a developer's tokens for Azure Storage, or None without azure-identity."""
    from importlib.util import find_spec

    if find_spec("azure") is None or find_spec("azure.identity") is None:
        return None
    return lambda: str(shared().identity().get_token(STORAGE_SCOPE).token)
