"""Errors of google-cloud-firestore in, errors of the tree out; the caller sets the provider's own as `__cause__`.

Codes: https://cloud.google.com/firestore/docs/understand-error-codes
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


def translated(error: Exception, collection: str) -> Exception:
    """Return the error of the tree, or `error` itself when it is no error of the service or its connection."""
    from google.api_core import exceptions as google
    from google.auth.exceptions import GoogleAuthError

    said = f"Firestore collection {collection}: {error}"
    if isinstance(error, GoogleAuthError):
        return ConfigurationError(said)
    if isinstance(error, google.InvalidArgument):
        large = any(word in str(error) for word in ("size", "longer than", "exceeds"))
        return TooLarge(said) if large else PortableError(said)
    classes: tuple[tuple[tuple[type[Exception], ...], type[PortableError]], ...] = (
        ((google.Forbidden, google.Unauthenticated), PermissionDenied),
        ((google.NotFound,), NotFound),
        ((google.TooManyRequests, google.Aborted), Throttled),
        ((google.DeadlineExceeded, google.RetryError), Timeout),
        ((google.FailedPrecondition,), ConfigurationError),
        ((google.ServerError, google.Cancelled, google.Unknown), Unavailable),
        ((google.GoogleAPIError,), PortableError),
    )
    for kinds, found in classes:
        if isinstance(error, kinds):
            return found(said)
    return error
