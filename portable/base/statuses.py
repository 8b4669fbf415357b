"""The HTTP status of a provider's answer in, the error of the tree out: one table for every provider and pillar.

A provider's own codes go before it (each adapter's `runtime/errors.py`), for a status alone often says too little.
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
    """Return the kind of error of a status; 0, no answer at all, is Unavailable."""
    found = STATUSES.get(status)
    if found is not None:
        return found
    return PortableError if 300 <= status < 500 else Unavailable
