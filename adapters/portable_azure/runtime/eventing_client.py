"""Azure's clients of storage queues, Event Grid topics and Key Vaults, made at the first call; and their errors.

The identity of the function signs in (`azure-identity`; AZURE_CLIENT_ID names a user-assigned one). Queues also take the
connection string in AZURE_STORAGE_CONNECTION_STRING or AzureWebJobsStorage, Azurite's included; topics take the key in
AZURE_EVENTGRID_KEY. Retries are ours, with backoff and jitter until the deadline, so the SDKs' are off.
"""

from __future__ import annotations

import os
from functools import cache

from portable.base.backoff import Backoff, until_deadline
from portable.base.drivers import missing_extra
from portable.errors import (
    ConfigurationError,
    InvalidValue,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    Timeout,
    TooLarge,
    Unavailable,
)
from portable_azure.runtime.logs import quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

_STRINGS = ("AZURE_STORAGE_CONNECTION_STRING", "AzureWebJobsStorage")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OPTIONS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 20}
_STATUSES: dict[int, type[PortableError]] = {
    400: InvalidValue,
    401: PermissionDenied,
    403: PermissionDenied,
    404: NotFound,
    408: Timeout,
    413: TooLarge,
    429: Throttled,
}
"""https://learn.microsoft.com/rest/api/storageservices/queue-service-error-codes, and those of the other services"""


class AzureClients:
    """The clients that the queues, topics and vaults of one process share, one per address."""

    def __init__(self, credential: Any = None, remaining: Callable[[], float] = until_deadline) -> None:
        """`credential` is a TokenCredential, by default the function's identity; `remaining` the seconds that are left."""
        from threading import Lock

        quiet()
        self._lock = Lock()
        self._credential = credential
        self._made: dict[tuple[str, str], Any] = {}
        self.backoff = Backoff(remaining)

    def queue(self, address: str) -> Any:
        """Return the `QueueClient` of a queue's URL, or of its name in the account of the connection string."""
        return self._get("queue", address, self._queue)

    def topic(self, address: str) -> Any:
        """Return the `EventGridPublisherClient` of a topic's endpoint."""
        return self._get("topic", address, self._topic)

    def vault(self, address: str) -> Any:
        """Return the `SecretClient` of a vault's URL."""
        return self._get("vault", address, self._vault)

    def call(self, action: Callable[[], T], what: str) -> T:
        """Return what an action returns; throttling and failures are retried, errors are those of the tree."""

        def once() -> T:
            try:
                return action()
            except PortableError:
                raise
            except Exception as error:
                raise translated(error, what) from error

        return self.backoff.call(once, again)

    def _get(self, kind: str, address: str, make: Callable[[str], Any]) -> Any:
        found = self._made.get((kind, address))
        if found is None:
            with self._lock:
                found = self._made.get((kind, address))
                if found is None:
                    found = self._made[kind, address] = make(address)
        return found

    def _queue(self, address: str) -> Any:
        try:
            from azure.storage.queue import QueueClient
        except ImportError as error:
            raise missing_extra("azure", "azure-storage-queue") from error
        text = next((os.environ[name] for name in _STRINGS if os.environ.get(name)), None)
        account, slash, name = address.rstrip("/").rpartition("/")
        if text is not None and (not slash or not _of_azure(address)):
            return QueueClient.from_connection_string(text, name, **_OPTIONS)
        if not slash:
            account = _account_from_settings(name)
        return QueueClient(account, name, credential=self._identity(), **_OPTIONS)

    def _topic(self, address: str) -> Any:
        try:
            from azure.core.credentials import AzureKeyCredential
            from azure.eventgrid import EventGridPublisherClient
        except ImportError as error:
            raise missing_extra("azure", "azure-eventgrid") from error
        key = os.environ.get("AZURE_EVENTGRID_KEY")
        return EventGridPublisherClient(address, AzureKeyCredential(key) if key else self._identity(), **_OPTIONS)

    def _vault(self, address: str) -> Any:
        try:
            from azure.keyvault.secrets import SecretClient
        except ImportError as error:
            raise missing_extra("azure", "azure-keyvault-secrets") from error
        local = {} if _of_azure(address) else {"verify_challenge_resource": False}
        return SecretClient(address, credential=self._identity(), **_OPTIONS, **local)

    def _identity(self) -> Any:
        if self._credential is None:
            try:
                from azure.identity import DefaultAzureCredential
            except ImportError as error:
                raise missing_extra("azure", "azure-identity") from error
            self._credential = DefaultAzureCredential()
        return self._credential


@cache
def shared() -> AzureClients:
    """Return the clients that this process keeps."""
    return AzureClients()


def again(error: Exception) -> bool:
    """Say whether a call that failed may be tried again at once: it may send a message twice, never lose it."""
    return isinstance(error, (Throttled, Unavailable))


def code_of(error: Exception | None) -> str:
    """Return the service's own error code, empty when there is none."""
    code = getattr(error, "error_code", None) or getattr(getattr(error, "error", None), "code", None)
    return str(getattr(code, "value", code) or "")


def translated(error: Exception, what: str) -> Exception:
    """Return the error of the tree, or `error` itself when it is no error of the service or its connection."""
    from azure.core import exceptions as azure

    if not isinstance(error, azure.AzureError):
        return error
    said = f"{what}: {error}"
    code = code_of(error)
    if code in ("RequestBodyTooLarge", "MessageTooLarge", "RequestEntityTooLarge"):
        return TooLarge(said)
    if code in ("ServerBusy", "AccountRateLimitExceeded"):
        return Throttled(said)
    status = getattr(error, "status_code", None)
    if status is None:  # azure-eventgrid wraps some answers in an error of its own that has none
        status = getattr(error.__cause__, "status_code", None)
    if status in _STATUSES:
        return _STATUSES[status](said)
    if isinstance(error, azure.ClientAuthenticationError):
        return PermissionDenied(said)
    if isinstance(error, (azure.ServiceRequestTimeoutError, azure.ServiceResponseTimeoutError)):
        return Timeout(said)
    if isinstance(status, int) and 400 <= status < 500:
        return PortableError(said)
    return Unavailable(said)


def _of_azure(address: str) -> bool:
    """Say whether an address is in one of Azure's clouds, and no stand-in on this machine."""
    from urllib.parse import urlsplit

    host = urlsplit(address).hostname or ""
    return bool(host) and host not in _LOOPBACK and not host.endswith(".localhost")


def _account_from_settings(queue: str) -> str:
    """Return the URL of the queue service in the settings of a functions host that signs in by identity."""
    url = os.environ.get("AzureWebJobsStorage__queueServiceUri")  # noqa: SIM112  (the host's own spelling)
    account = os.environ.get("AzureWebJobsStorage__accountName")  # noqa: SIM112
    if url:
        return url.rstrip("/")
    if account:
        return f"https://{account}.queue.core.windows.net"
    raise ConfigurationError(
        f'queue "{queue}" needs an account: give its URL, or set {" or ".join(_STRINGS)}, '
        "or AzureWebJobsStorage__accountName"
    )
