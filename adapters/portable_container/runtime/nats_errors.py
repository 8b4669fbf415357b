"""Takes an error of NATS; returns its class in the error tree.

nats-py has a class for each error of the connection. JetStream answers with a code of HTTP and a number of its own
(https://github.com/nats-io/nats-server/blob/main/server/errors.json).
"""

from __future__ import annotations

from portable.base.statuses import of_status
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

_NUMBERS: dict[int, type[PortableError]] = {
    10002: Unavailable,  # JSClusterNotAvail
    10008: Unavailable,  # JSClusterNotAvailErr, no leader yet
    10014: NotFound,  # JSConsumerNotFound
    10023: Unavailable,  # JSInsufficientResources
    10039: NotFound,  # JSNotEnabledForAccount
    10047: Unavailable,  # JSStorageResourcesExceeded: the disk is full
    10054: TooLarge,  # JSStreamMessageExceedsMaximum
    10059: NotFound,  # JSStreamNotFound
    10076: NotFound,  # JSNotEnabled
    10077: Throttled,  # JSStreamStoreFailed: the limit of the stream is reached
}
DENIED = "permissions violation"
"""How the server begins its refusal of a subject (nats-py gives it in lower case)."""


def classify(error: Exception) -> type[PortableError] | None:
    """Return the class in the error tree, or None for an error of neither the server nor its connection."""
    from nats import errors
    from nats.js.errors import APIError

    if isinstance(error, APIError):
        return _NUMBERS.get(error.err_code or 0) or of_status(error.code or 0)
    kinds: list[tuple[type[Exception] | tuple[type[Exception], ...], type[PortableError]]] = [
        (errors.TimeoutError, Timeout),
        (errors.MaxPayloadError, TooLarge),
        (errors.OutboundBufferLimitError, Throttled),
        ((errors.AuthorizationError, errors.InvalidUserCredentialsError), PermissionDenied),
        ((errors.SecureConnRequiredError, errors.SecureConnWantedError), ConfigurationError),
    ]
    found = next((kind for classes, kind in kinds if isinstance(error, classes)), None)
    if found is None and isinstance(error, errors.Error):
        said = str(error).lower()
        return PermissionDenied if DENIED in said or "authorization" in said else Unavailable
    if found is None and isinstance(error, OSError):
        return ConfigurationError if type(error).__name__ == "SSLCertVerificationError" else Unavailable
    return found
