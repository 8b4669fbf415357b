"""Errors of azure-cosmos in, errors of the tree out; the caller sets the provider's own as `__cause__`.

Status codes: https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb
"""

from __future__ import annotations

from portable.errors import (
    ConfigurationError,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    Timeout,
    TooLarge,
    Unavailable,
)

_STATUSES: dict[int, type[PortableError]] = {
    400: ConfigurationError,
    401: PermissionDenied,
    403: PermissionDenied,
    404: NotFound,
    408: Timeout,
    410: Unavailable,
    413: TooLarge,
    429: Throttled,
    449: Throttled,
}


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error, 0 when the service did not answer."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else 0


def translated(error: Exception, container: str) -> Exception:
    """Return the error of the tree, or `error` itself when it is no error of the service or its connection."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from azure.cosmos.exceptions import CosmosClientTimeoutError

    if not isinstance(error, AzureError):
        return error
    said = f"Cosmos DB container {container}: {error}"
    status = status_of(error)
    if status in _STATUSES:
        return _STATUSES[status](said)
    if isinstance(error, ClientAuthenticationError):
        return PermissionDenied(said)
    if isinstance(error, CosmosClientTimeoutError):
        return Timeout(said)
    return PortableError(said) if 400 <= status < 500 else Unavailable(said)
