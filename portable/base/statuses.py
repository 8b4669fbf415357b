"""Maps the HTTP status of a provider's reply to an error class. All providers and pillars use this one table.

Each adapter first checks the provider's own error codes (`runtime/errors.py`), because the status alone is often not
exact enough.
"""

from __future__ import annotations

from portable.errors import (
    Conflict,
    InvalidRange,
    InvalidValue,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    Timeout,
    TooLarge,
    Unavailable,
)

STATUSES: dict[int, type[PortableError]] = {
    400: InvalidValue,
    401: PermissionDenied,
    403: PermissionDenied,
    404: NotFound,
    408: Timeout,
    409: Conflict,
    412: Conflict,
    413: TooLarge,
    416: InvalidRange,
    422: InvalidValue,
    429: Throttled,
}


def of_status(status: int) -> type[PortableError]:
    """Return the error class of a status. Status 0 means no reply at all, which is Unavailable."""
    found = STATUSES.get(status)
    if found is not None:
        return found
    return PortableError if 300 <= status < 500 else Unavailable
