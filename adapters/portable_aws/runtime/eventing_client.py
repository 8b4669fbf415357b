"""boto3 clients of SQS, SNS and SSM, made at the first call; their errors in, errors of the tree out.

`AWS_REGION`, `AWS_ENDPOINT_URL` and the credentials are boto3's. Retries are ours, with backoff and jitter until the
deadline, so the SDK's are off. Error codes: the API references of Amazon SQS, Amazon SNS and AWS Systems Manager.
"""

from __future__ import annotations

from functools import cache

from portable.base.backoff import Backoff, until_deadline
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
from portable_aws.runtime.boto import make_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "Throttled",
    "ThrottledException",
    "RequestThrottled",
    "AWS.SimpleQueueService.RequestThrottled",
    "TooManyRequestsException",
    "OverLimit",
    "KMSThrottling",
    "KmsThrottled",
    "KMSThrottlingException",
)
_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "ExpiredToken",
    "ExpiredTokenException",
    "KmsAccessDenied",
    "KMSAccessDenied",
)
_MISSING = (
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "NotFound",
    "NotFoundException",
    "ParameterNotFound",
    "ResourceNotFoundException",
)
_CODES: dict[str, type[PortableError]] = {
    **dict.fromkeys(_THROTTLED, Throttled),
    **dict.fromkeys(_DENIED, PermissionDenied),
    **dict.fromkeys(_MISSING, NotFound),
    **dict.fromkeys(("InvalidMessageContents", "InvalidParameter", "InvalidParameterValue"), InvalidValue),
    "AWS.SimpleQueueService.BatchRequestTooLong": TooLarge,
    "BatchRequestTooLong": TooLarge,
}


class AwsClient:
    """The boto3 client of one service that all its resources in a process share."""

    def __init__(self, service: str, remaining: Callable[[], float] = until_deadline) -> None:
        """`remaining` says the seconds until the deadline."""
        from threading import Lock

        self.service = service
        self._lock = Lock()
        self._client: Any = None
        self.backoff = Backoff(remaining)

    def get(self) -> Any:
        """Return the client. Raises ConfigurationError when boto3 is not installed or no region is set."""
        if self._client is None:
            with self._lock:
                if self._client is None:
                    self._client = self._make()
        return self._client

    def call(self, method: str, what: str, request: dict[str, Any]) -> Any:
        """Return the answer of a method; `what` names the resource in errors. Throttling and failures are retried."""

        def once() -> Any:
            try:
                return getattr(self.get(), method)(**request)
            except PortableError:
                raise
            except Exception as error:
                raise translated(error, what) from error

        return self.backoff.call(once, again)

    def _make(self) -> Any:
        return make_client(self.service, 25, translated)


@cache
def shared(service: str) -> AwsClient:
    """Return the client of a service that this process keeps."""
    return AwsClient(service)


def again(error: Exception) -> bool:
    """Say whether a call that failed may be tried again at once: it may send a message twice, never lose it."""
    return isinstance(error, (Throttled, Unavailable))


def translated(error: Exception, what: str) -> Exception:
    """Return the error of the tree, or `error` itself when it is no error of the service or its connection."""
    from botocore import exceptions as boto

    said = f"{what}: {error}"
    if isinstance(error, boto.ClientError):
        response: Any = error.response
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return of_code(str(response.get("Error", {}).get("Code", "")), said, status)
    if isinstance(error, (boto.NoCredentialsError, boto.PartialCredentialsError, boto.NoRegionError)):
        return ConfigurationError(said)
    if isinstance(error, boto.ReadTimeoutError):
        return Timeout(said)
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError, boto.BotoCoreError)):
        return Unavailable(said)
    return error


def of_code(code: str, said: str, status: int = 400) -> PortableError:
    """Return the error of the tree for a service's code and HTTP status."""
    found = _CODES.get(code)
    if found is InvalidValue and "bytes" in said:
        return TooLarge(said)
    if found is not None:
        return found(said)
    if status == 429:
        return Throttled(said)
    return (
        Unavailable(said) if status >= 500 or code in ("InternalError", "ServiceUnavailable") else PortableError(said)
    )
