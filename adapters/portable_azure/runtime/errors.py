"""Takes an error of Azure's clients (Blob, Cosmos DB, queues, Event Grid, Event Hubs, Key Vault); returns its class in the
error tree.

Codes: learn.microsoft.com/rest/api/storageservices "status and error codes", /rest/api/cosmos-db "HTTP status codes".
"""

from __future__ import annotations

from portable.base.statuses import of_status
from portable.errors import NotFound, PermissionDenied, PortableError, Throttled, Timeout, TooLarge, Unavailable

_CODES: dict[str, type[PortableError]] = {
    "AccountRateLimitExceeded": Throttled,
    "MessageTooLarge": TooLarge,
    "OperationTimedOut": Timeout,
    "RequestBodyTooLarge": TooLarge,
    "RequestEntityTooLarge": TooLarge,
    "ServerBusy": Throttled,
}
_CONDITIONS: dict[str, type[PortableError]] = {
    "amqp:not-found": NotFound,
    "amqp:unauthorized-access": PermissionDenied,
    "amqp:link:message-size-exceeded": TooLarge,
    "com.microsoft:server-busy": Throttled,
    "com.microsoft:timeout": Timeout,
}
"""Conditions of AMQP (Service Bus and Event Hubs "AMQP protocol errors")."""
_HUB_NAMES: dict[str, type[PortableError]] = {"AuthenticationError": PermissionDenied, "OperationTimeoutError": Timeout}
_STATUSES: dict[int, type[PortableError]] = {410: Unavailable, 449: Throttled}
"""Cosmos DB: a partition has moved, or a write met another one. A retry helps in both cases."""


def classify(error: Exception) -> type[PortableError] | None:
    """Return the class in the error tree, or None for an error of neither a service, its connection nor credentials."""
    from azure.core import exceptions as azure

    if not isinstance(error, azure.AzureError):
        return _of_hub(error)
    status = status_of(error)
    if status or code_of(error) in _CODES:
        return of_code(code_of(error), status)
    if isinstance(error, azure.ClientAuthenticationError):
        return PermissionDenied
    if isinstance(error, (azure.ServiceRequestTimeoutError, azure.ServiceResponseTimeoutError)):
        return Timeout
    return Timeout if type(error).__name__ == "CosmosClientTimeoutError" else Unavailable


def _of_hub(error: Exception) -> type[PortableError] | None:
    """Return the class for an error of azure-eventhub, by the AMQP condition in its text."""
    if not type(error).__module__.startswith("azure.eventhub"):
        return None
    said = f"{getattr(getattr(error, 'details', None), 'condition', '')} {error}"
    found = (kind for condition, kind in _CONDITIONS.items() if condition in said)
    return next(found, None) or _HUB_NAMES.get(type(error).__name__, Unavailable)


def of_code(code: str, status: int) -> type[PortableError]:
    """Return the class for a service's error code, or else for its HTTP status."""
    return _CODES.get(code) or _STATUSES.get(status) or of_status(status)


def code_of(error: BaseException | None) -> str:
    """Return the service's own error code, empty when there is none."""
    code = getattr(error, "error_code", None) or getattr(getattr(error, "error", None), "code", None)
    return str(getattr(code, "value", code) or "")


def status_of(error: BaseException | None) -> int:
    """Return the HTTP status of an error, 0 when the service did not answer."""
    status = getattr(error, "status_code", None)
    if status is None:  # azure-eventgrid wraps some replies in errors without a status
        status = getattr(getattr(error, "__cause__", None), "status_code", None)
    return status if isinstance(status, int) else 0
