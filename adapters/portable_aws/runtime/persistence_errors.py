"""Errors of DynamoDB and of botocore in, errors of the tree out; the caller sets the provider's own as `__cause__`.

Codes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CODES: dict[str, type[PortableError]] = {
    **dict.fromkeys(
        (
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "ThrottledException",
            "Throttling",
            "RequestLimitExceeded",
            "TransactionConflictException",
            "TransactionInProgressException",
            "TooManyRequestsException",
        ),
        Throttled,
    ),
    **dict.fromkeys(
        (
            "AccessDeniedException",
            "AccessDenied",
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "IncompleteSignatureException",
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
        ),
        PermissionDenied,
    ),
    "ResourceNotFoundException": NotFound,
    "ItemCollectionSizeLimitExceededException": TooLarge,
    "RequestEntityTooLarge": TooLarge,
    "InternalServerError": Unavailable,
    "InternalFailure": Unavailable,
    "ServiceUnavailable": Unavailable,
    "RequestTimeout": Unavailable,
}


def code_of(error: Exception) -> str:
    """Return the service's error code, empty for an error of the connection."""
    response: Any = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def translated(error: Exception, table: str) -> Exception:
    """Return the error of the tree, or `error` itself when it is no error of the service or its connection."""
    from botocore import exceptions as boto

    said = f"DynamoDB table {table}: {error}"
    if isinstance(error, boto.ClientError):
        return _of_service(error, said)
    if isinstance(error, (boto.NoCredentialsError, boto.PartialCredentialsError, boto.NoRegionError)):
        return ConfigurationError(said)
    if isinstance(error, boto.ReadTimeoutError):
        return Timeout(said)
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError, boto.BotoCoreError)):
        return Unavailable(said)
    return error


def _of_service(error: Any, said: str) -> PortableError:
    code = code_of(error)
    found = _CODES.get(code)
    if found is not None:
        return found(said)
    if code == "ValidationException" and "size" in str(error).lower():
        return TooLarge(said)
    if code == "ValidationException":
        return ConfigurationError(f"{said} (is the table made as its declaration says?)")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 429:
        return Throttled(said)
    return Unavailable(said) if status >= 500 else PortableError(said)
