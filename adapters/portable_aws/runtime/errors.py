"""Takes an error of boto3 (S3, DynamoDB, SQS, SNS, SSM); returns its class in the error tree.

Codes: "Common errors" and the error lists of the API references of each service. AWS uses the status 400 for almost
every error, so its codes are checked before the status (`portable.base.statuses`).
"""

from __future__ import annotations

from portable.base.statuses import of_status
from portable.errors import (
    ConfigurationError,
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KINDS: dict[type[PortableError], tuple[str, ...]] = {
    Throttled: (
        "AWS.SimpleQueueService.RequestThrottled",
        "KmsThrottled",
        "KMSThrottling",
        "LimitExceeded",
        "OverLimit",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttled",
        "Throttling",
        "ThrottlingError",
        "TooManyRequests",
        "TransactionConflict",
        "TransactionInProgress",
    ),
    PermissionDenied: (
        "AccessDenied",
        "AuthorizationError",
        "ExpiredToken",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignature",
        "InvalidToken",
        "KMSAccessDenied",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClient",
    ),
    NotFound: (
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NoSuchKey",
        "NotFound",
        "ParameterNotFound",
        "QueueDoesNotExist",
        "ResourceNotFound",
    ),
    Conflict: ("ConditionalCheckFailed", "ConditionalRequestConflict"),
    TooLarge: (
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "BatchRequestTooLong",
        "EntityTooLarge",
        "ItemCollectionSizeLimitExceeded",
        "RequestEntityTooLarge",
    ),
    InvalidRange: ("InvalidRange",),
    ConfigurationError: ("KMSDisabled", "KMSInvalidState", "KMSNotFound"),
    Timeout: ("RequestTimeout",),
    Unavailable: ("InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable"),
}
"""Codes without "Exception" at their end. Case does not count: some services write KmsDisabled and ThrottlingException,
others KMSDisabled and Throttling."""
_CODES = {code.lower(): kind for kind, codes in _KINDS.items() for code in codes}


def classify(error: Exception) -> type[PortableError] | None:
    """Return the class in the error tree, or None for an error of neither a service, its connection nor credentials."""
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if isinstance(error, boto.ClientError):
        response: Any = error.response
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return of_code(code_of(error), str(error), status)
    if isinstance(error, (boto.NoCredentialsError, boto.PartialCredentialsError, boto.NoRegionError)):
        return ConfigurationError
    if isinstance(
        error, (boto.ProfileNotFound, boto.SSOError, boto.TokenRetrievalError, boto.CredentialRetrievalError)
    ):
        return (
            ConfigurationError  # who works on this machine is not signed in any more, which trying again does not mend
        )
    if isinstance(error, boto.ReadTimeoutError):
        return Timeout
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError, boto.BotoCoreError, ResponseParserError)):
        return Unavailable  # the last one is a reply of a proxy, not of the service
    return None


def of_code(code: str, said: str, status: int) -> type[PortableError]:
    """Return the class for a service's error code, or else for its HTTP status.

    A value that is too large has no code of its own; it is found by the text `said`.
    """
    kind = _CODES.get(code.lower().removesuffix("exception")) or of_status(status)
    if kind is InvalidValue and any(word in said.lower() for word in ("bytes", "size", "too long")):
        return TooLarge
    return kind


def code_of(error: BaseException | None) -> str:
    """Return the service's error code, empty for an error of the connection."""
    response: Any = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
