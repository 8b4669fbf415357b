"""Google's clients of Pub/Sub and Secret Manager, made at the first call; their errors in, errors of the tree out.

Credentials are those of the environment (google-auth). PUBSUB_EMULATOR_HOST and SECRET_MANAGER_EMULATOR_HOST name
stand-ins, called without credentials or TLS. Retries are ours, with backoff and jitter until the deadline, so the SDK's
are off.
"""

from __future__ import annotations

import os
from functools import cache

from portable.base.backoff import Backoff, until_deadline
from portable.base.drivers import missing_extra
from portable.errors import (
    ConfigurationError,
    InvalidValue,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    Timeout,
    Unavailable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

_NAMES: dict[str, type[PortableError]] = {
    "NotFound": NotFound,
    "PermissionDenied": PermissionDenied,
    "Forbidden": PermissionDenied,
    "Unauthenticated": PermissionDenied,
    "Unauthorized": PermissionDenied,
    "ResourceExhausted": Throttled,
    "TooManyRequests": Throttled,
    "InvalidArgument": InvalidValue,
    "DeadlineExceeded": Timeout,
    "GatewayTimeout": Timeout,
    "RetryError": Timeout,
}
"""https://cloud.google.com/apis/design/errors; names of the classes in google.api_core.exceptions"""


class GcpClients:
    """The clients that the queues, topics and secrets of one process share."""

    def __init__(self, remaining: Callable[[], float] = until_deadline) -> None:
        """`remaining` says the seconds until the deadline."""
        from threading import Lock

        self._lock = Lock()
        self._made: dict[str, Any] = {}
        self._process = os.getpid()
        self.backoff = Backoff(remaining)

    def publisher(self) -> Any:
        """Return the `google.pubsub_v1.PublisherClient`."""
        return self._get("publisher", _publisher)

    def subscriber(self) -> Any:
        """Return the `google.pubsub_v1.SubscriberClient`."""
        return self._get("subscriber", _subscriber)

    def secrets(self) -> Any:
        """Return the `google.cloud.secretmanager_v1.SecretManagerServiceClient`."""
        return self._get("secrets", _secrets)

    def call(self, action: Callable[[], T], what: str) -> T:
        """Return what an action returns; throttling and failures are retried, errors are those of the tree."""

        def once() -> T:
            try:
                return action()
            except PortableError:
                raise
            except Exception as error:
                raise translated(error, what) from error

        return self.backoff.call(once, again)

    def _get(self, name: str, make: Callable[[], Any]) -> Any:
        if self._process != os.getpid():  # gRPC channels do not survive a fork
            self._made, self._process = {}, os.getpid()
        found = self._made.get(name)
        if found is None:
            with self._lock:
                found = self._made.get(name)
                if found is None:
                    found = self._made[name] = make()
        return found


@cache
def shared() -> GcpClients:
    """Return the clients that this process keeps."""
    return GcpClients()


def again(error: Exception) -> bool:
    """Say whether a call that failed may be tried again at once: it may send a message twice, never lose it."""
    return isinstance(error, (Throttled, Unavailable))


def translated(error: Exception, what: str) -> Exception:
    """Return the error of the tree, or `error` itself when it is no error of the service or its connection."""
    from google.api_core import exceptions as api
    from google.auth import exceptions as auth

    said = f"{what}: {error}"
    if isinstance(error, auth.DefaultCredentialsError):
        return ConfigurationError(said)
    if isinstance(error, auth.GoogleAuthError):
        return PermissionDenied(said)
    if not isinstance(error, api.GoogleAPIError):
        return error
    for kind in type(error).__mro__:
        if kind.__name__ in _NAMES:
            return _NAMES[kind.__name__](said)
    code = getattr(error, "code", None)
    if isinstance(code, int) and 400 <= code < 500 and not isinstance(error, api.Aborted):
        return PortableError(said)
    return Unavailable(said)


def _publisher() -> Any:
    try:
        from google.pubsub_v1.services.publisher import PublisherClient
        from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport
    except ImportError as error:
        raise missing_extra("gcp", "google-cloud-pubsub") from error
    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    return PublisherClient(transport=PublisherGrpcTransport(channel=_channel(host))) if host else PublisherClient()


def _subscriber() -> Any:
    try:
        from google.pubsub_v1.services.subscriber import SubscriberClient
        from google.pubsub_v1.services.subscriber.transports.grpc import SubscriberGrpcTransport
    except ImportError as error:
        raise missing_extra("gcp", "google-cloud-pubsub") from error
    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    return SubscriberClient(transport=SubscriberGrpcTransport(channel=_channel(host))) if host else SubscriberClient()


def _secrets() -> Any:
    try:
        from google.cloud.secretmanager_v1.services.secret_manager_service import SecretManagerServiceClient
        from google.cloud.secretmanager_v1.services.secret_manager_service.transports.grpc import (
            SecretManagerServiceGrpcTransport,
        )
    except ImportError as error:
        raise missing_extra("gcp", "google-cloud-secret-manager") from error
    host = os.environ.get("SECRET_MANAGER_EMULATOR_HOST")
    if host:
        return SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=_channel(host)))
    return SecretManagerServiceClient()


def _channel(host: str) -> Any:
    from grpc import insecure_channel

    return insecure_channel(host)
