"""AWS's APIs by boto3: a client in the region of a stage, and what AWS refuses as an error for people."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from portable.errors import Conflict, NotFound, PermissionDenied, PortableError, Throttled, Unavailable

SIGN_IN = (
    "Sign in to AWS, for example with `aws sso login` and AWS_PROFILE, or give AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY; AWS_REGION chooses the region"
)
_NOBODY = frozenset(
    (
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    )
)
_FORBIDDEN = frozenset(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"))
_MISSING = frozenset(("NoSuchBucket", "NoSuchKey", "NotFound", "404", "ParameterNotFound", "ResourceNotFoundException"))
_BUSY = frozenset(("RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"))
TRIES = 8
"""Tries of a request that may be repeated; boto3 waits longer before each."""


def client(outputs: Mapping[str, Any], service: str, *, tries: int = TRIES, patience: float = 60) -> Any:
    """Return a client in the region that the outputs of a stage tell; `patience` are the seconds that an answer may take.

    Raises PortableError without boto3, and where the region is not known.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import NoRegionError, ProfileNotFound
    except ImportError as error:
        raise PortableError('this needs boto3: pip install "portable-functions[aws]"') from error
    retries = {"mode": "standard", "total_max_attempts": tries}
    config = Config(retries=retries, read_timeout=patience, connect_timeout=5, max_pool_connections=16)
    region = outputs.get("region") or os.environ.get("AWS_REGION") or None
    try:
        return boto3.client(service, region_name=region, config=config)
    except NoRegionError as error:
        raise PortableError("AWS needs a region: give AWS_REGION, such as AWS_REGION=eu-central-1") from error
    except ProfileNotFound as error:
        raise PortableError(f"{error}. {SIGN_IN}") from error


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn what boto3 raises into an error for people; `what` says what was asked, such as "reading the logs of jobs"."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, TokenRetrievalError

    try:
        yield
    except (NoCredentialsError, TokenRetrievalError) as error:
        raise PermissionDenied(f"{what}: nobody is signed in to AWS ({error}). {SIGN_IN}") from error
    except ClientError as error:
        raise _refused(what, error) from error
    except BotoCoreError as error:
        raise Unavailable(f"{what}: AWS did not answer: {error}. Look at the network, then run this again") from error


def _refused(what: str, error: Any) -> PortableError:
    """Return what AWS said no to."""
    found = error.response.get("Error", {})
    code, message = str(found.get("Code", "")), str(found.get("Message") or error)
    if code in _NOBODY:
        return PermissionDenied(f"{what}: AWS does not accept the credentials ({code}: {message}). {SIGN_IN}")
    if code in _FORBIDDEN:
        return PermissionDenied(
            f"{what}: AWS does not allow it: {message}. Ask for this right, or use another AWS_PROFILE"
        )
    if code in _MISSING:
        return NotFound(f"{what}: AWS has no such thing: {message}")
    if code in _BUSY:
        return Throttled(f"{what}: AWS gets too many requests: wait a minute, then run this again")
    if code == "ResourceConflictException":
        return Conflict(f"{what}: something else changes it now: {message}. Wait, then run this again")
    return PortableError(f"{what}: AWS refused: {code}: {message}")
