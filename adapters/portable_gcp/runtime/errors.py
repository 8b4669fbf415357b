"""Takes an error of Google's clients (Firestore, Pub/Sub, Secret Manager, Storage); returns its class in the error tree.

Codes: cloud.google.com/apis/design/errors. The names are those of the classes in google.api_core.exceptions,
which stand for both gRPC codes and HTTP statuses. obstore gives an HTTP status (`portable.base.statuses`).
"""

from __future__ import annotations

from portable.base.statuses import of_status
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

_NAMES: dict[str, type[PortableError]] = {
    "Aborted": Throttled,
    "Cancelled": Unavailable,
    "DeadlineExceeded": Timeout,
    "FailedPrecondition": ConfigurationError,
    "GatewayTimeout": Timeout,
    "NotFound": NotFound,
    "ResourceExhausted": Throttled,
    "RetryError": Timeout,
    "Unauthenticated": PermissionDenied,
    "Unknown": Unavailable,
}
_TOO_LARGE = ("size", "longer than", "exceeds", "too large")


def classify(error: Exception) -> type[PortableError] | None:
    """Return the class in the error tree, or None for an error of neither a service, its connection nor credentials."""
    from google.api_core import exceptions as api
    from google.auth import exceptions as auth

    if isinstance(error, auth.DefaultCredentialsError):
        return ConfigurationError
    if isinstance(error, auth.TransportError):
        return Unavailable
    if isinstance(error, auth.GoogleAuthError):
        return PermissionDenied
    if not isinstance(error, api.GoogleAPIError):
        return None
    return of_code(type(error).__mro__, str(error), getattr(error, "code", None))


def of_code(kinds: tuple[type, ...], said: str, code: object) -> type[PortableError]:
    """Return the class in the error tree for a class of google.api_core, or else for its HTTP status.

    A value that is too large has no code of its own; it is found by the text `said`.
    """
    for kind in kinds:
        if kind.__name__ in _NAMES:
            return _NAMES[kind.__name__]
    found = of_status(code if isinstance(code, int) else 0)
    if found is InvalidValue and any(word in said for word in _TOO_LARGE):
        return TooLarge
    return found
