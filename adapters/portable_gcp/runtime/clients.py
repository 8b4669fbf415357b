"""The clients of Google Cloud that a process shares: takes a name; returns Google's or obstore's client, made at the first call.

Credentials come from the environment (google-auth): GOOGLE_APPLICATION_CREDENTIALS or gcloud's file, or else the metadata
server, as on Cloud Run functions. PUBSUB_EMULATOR_HOST, SECRET_MANAGER_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST and
STORAGE_EMULATOR_HOST name emulators, which are called without credentials and TLS. Only buckets use credentials there too,
if GOOGLE_APPLICATION_CREDENTIALS is set. gRPC must not be used before a fork: a child process makes its own clients.
"""

from __future__ import annotations

import os
from functools import cache

from portable.base.backoff import until_deadline
from portable.base.calls import Calls, Extra, passing
from portable.base.kept import Kept
from portable.errors import ConfigurationError, PortableError
from portable_gcp.runtime.errors import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from obstore.store import GCSStore

    T = TypeVar("T")

_VARIABLES = (
    "PUBSUB_EMULATOR_HOST",
    "SECRET_MANAGER_EMULATOR_HOST",
    "FIRESTORE_EMULATOR_HOST",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_APPLICATION_CREDENTIALS",
)
_READS_ITSELF = ("service_account", "authorized_user")
"""Types of credentials files that obstore reads. google-auth reads the others (federation, impersonation)."""


class GcpClients:
    """The clients of Pub/Sub, Secret Manager and Firestore. `call` calls their methods."""

    def __init__(self, remaining: Callable[[], float] = until_deadline) -> None:
        """`remaining` returns the seconds until the deadline."""
        self._kept = Kept()
        self.calls = Calls(classify, remaining)

    def call(self, action: Callable[[], T], what: str) -> T:
        """Return the result of `action`, which is retried after throttling and failures. `what` names the resource."""
        return self.calls.call(action, what, passing)

    def publisher(self) -> Any:
        """Return the `google.pubsub_v1.PublisherClient`."""
        return self._kept.get("publisher", _publisher)

    def subscriber(self) -> Any:
        """Return the `google.pubsub_v1.SubscriberClient`."""
        return self._kept.get("subscriber", _subscriber)

    def secrets(self) -> Any:
        """Return the `google.cloud.secretmanager_v1.SecretManagerServiceClient`."""
        return self._kept.get("secrets", _secrets)

    def firestore(self, database: str) -> Any:
        """Return the `google.cloud.firestore.Client` of a database. Raises ConfigurationError."""
        return self._kept.get(("firestore", database), lambda: self._firestore(database))

    def _firestore(self, database: str) -> Any:
        with Extra("gcp", "google-cloud-firestore"):
            from google.cloud import firestore
        project = os.environ.get("GOOGLE_CLOUD_PROJECT")
        if project is None and os.environ.get("FIRESTORE_EMULATOR_HOST"):
            project = "demo-portable"
        what = f"Firestore database {database}"
        try:
            return self.calls.once(lambda: firestore.Client(project=project, database=database), what)
        except PortableError as error:
            raise ConfigurationError(str(error)) from error.__cause__
        except OSError as error:  # google-cloud raises it if no project is known
            raise ConfigurationError(f"{what}: {error}") from error


def firestore_parts(address: str) -> tuple[str, str]:
    """Return database and collection of an address, `<collection>` or `<database>/<collection>`."""
    names = address.split("/")
    if len(names) > 2 or not all(names):
        raise ConfigurationError(
            f"{address!r} is not a Firestore address: write <collection> or <database>/<collection>"
        )
    return (names[0] if len(names) == 2 else "(default)"), names[-1]


def shared() -> GcpClients:
    """Return the clients of this process. There is one set for each setting of the variables that they read."""
    return _shared(*map(os.environ.get, _VARIABLES))


@cache
def _shared(*environment: str | None) -> GcpClients:
    return GcpClients()


def _publisher() -> Any:
    with Extra("gcp", "google-cloud-pubsub"):
        from google.pubsub_v1.services.publisher import PublisherClient
        from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport
    return _client(PublisherClient, PublisherGrpcTransport, "PUBSUB_EMULATOR_HOST")


def _subscriber() -> Any:
    with Extra("gcp", "google-cloud-pubsub"):
        from google.pubsub_v1.services.subscriber import SubscriberClient
        from google.pubsub_v1.services.subscriber.transports.grpc import SubscriberGrpcTransport
    return _client(SubscriberClient, SubscriberGrpcTransport, "PUBSUB_EMULATOR_HOST")


def _secrets() -> Any:
    with Extra("gcp", "google-cloud-secret-manager"):
        from google.cloud.secretmanager_v1.services.secret_manager_service import SecretManagerServiceClient
        from google.cloud.secretmanager_v1.services.secret_manager_service.transports.grpc import (
            SecretManagerServiceGrpcTransport,
        )
    return _client(SecretManagerServiceClient, SecretManagerServiceGrpcTransport, "SECRET_MANAGER_EMULATOR_HOST")


def _client(kind: Any, transport: Any, variable: str) -> Any:
    """Return a client of the service, or of the emulator that a variable names."""
    host = os.environ.get(variable)
    if not host:
        return kind()
    from grpc import insecure_channel

    return kind(transport=transport(channel=insecure_channel(host)))


def bucket_store(address: str) -> GCSStore:
    """Return obstore's client of a bucket. Raises ConfigurationError without obstore."""
    with Extra("gcp", "obstore"):
        from obstore.store import GCSStore
    from portable.storage.obstore_objects import client_options, retry_options

    endpoint = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    file = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if endpoint and "://" not in endpoint:
        endpoint = f"http://{endpoint}"
    options: dict[str, Any] = {
        # the metadata server needs http, which obstore allows by default only without any options
        "client_options": {**client_options(endpoint), "allow_http": True},
        "retry_config": retry_options(),
    }
    if endpoint and not file:
        options["service_account_key"] = _without_credentials(endpoint)
    elif endpoint:
        options["base_url"] = endpoint
    elif file and _kind(file) not in _READS_ITSELF:
        options["credential_provider"] = _google_auth()
    return GCSStore(address, **options)


def _without_credentials(endpoint: str) -> str:
    import json

    settings = {"gcs_base_url": endpoint, "disable_oauth": True}
    return json.dumps({**settings, "client_email": "", "private_key": "", "private_key_id": ""})


def _kind(file: str) -> str:
    import json

    try:
        with open(file, encoding="utf-8") as opened:
            return str(json.load(opened).get("type"))
    except (OSError, ValueError, AttributeError):
        return "service_account"  # obstore reports what is wrong with the file


def _google_auth() -> Any:
    with Extra("gcp", "google-auth"):
        from obstore.auth.google import GoogleCredentialProvider
    return GoogleCredentialProvider()
