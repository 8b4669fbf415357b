"""The clients of AWS that a process shares: takes the name of a service or a bucket; returns boto3's or obstore's client.

The first call makes them. Credentials and region come from the environment, as Lambda sets them (AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION). Without keys there, boto3 looks for them (profiles, SSO, SnapStart's
container credentials), for buckets too if boto3 is installed. AWS_ENDPOINT_URL names another server, AWS_ENDPOINT_URL_S3
one for buckets, which are then addressed path-style.
"""

from __future__ import annotations

import os
from functools import cache

from portable.base.backoff import until_deadline
from portable.base.calls import Calls, Extra, passing
from portable.base.kept import Kept
from portable.base.logs import quiet
from portable_aws.runtime.errors import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from obstore.store import S3Store

CONNECTIONS = 100
"""Connections of one client: the number of parallel calls of an asynchronous driver."""
CONNECT_SECONDS = 3
_READ_SECONDS = {"dynamodb": 10}
_LONG_READ_SECONDS = 25
"""A poll of SQS waits up to 20 seconds for a message."""
_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE")


class AwsClient:
    """The boto3 client of one service. `call` calls its methods."""

    def __init__(self, service: str, remaining: Callable[[], float] = until_deadline) -> None:
        """`remaining` returns the seconds until the deadline."""
        self.service = service
        self.calls = Calls(classify, remaining)
        self._kept = Kept()

    def get(self) -> Any:
        """Return the client. Raises ConfigurationError if boto3 is not installed or no region is set."""
        return self._kept.get(self.service, self._make)

    def call(
        self, method: str, what: str, request: dict[str, Any], again: Callable[[Exception], bool] = passing
    ) -> Any:
        """Return the result of a method. It is retried while `again` accepts its error. `what` names the resource."""
        return self.calls.call(lambda: getattr(self.get(), method)(**request), what, again)

    def _make(self) -> Any:
        with Extra("aws", "boto3"):
            from botocore.config import Config
        quiet("botocore")
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=CONNECTIONS,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=_READ_SECONDS.get(self.service, _LONG_READ_SECONDS),
        )
        return self.calls.once(lambda: session().client(self.service, config=config), self.service)


def shared(service: str) -> AwsClient:
    """Return this process's client of a service. There is one for each setting of boto3's variables."""
    return _shared(service, *map(os.environ.get, (*_VARIABLES, f"AWS_ENDPOINT_URL_{service.upper()}")))


@cache
def _shared(service: str, *environment: str | None) -> AwsClient:
    return AwsClient(service)


def session() -> Any:
    """Return a new session of boto3. All sessions of a process share what they read of the services: it takes 40 ms."""
    with Extra("aws", "boto3"):
        from boto3.session import Session
        from botocore.session import get_session
    core = get_session()
    core.register_component("data_loader", _services())
    return Session(region_name=_region(), botocore_session=core)


@cache
def _services() -> Any:
    """Return botocore's descriptions of AWS's services. It keeps what it has read."""
    from botocore.session import get_session

    return get_session().get_component("data_loader")


def _region() -> str | None:
    """Return the region from the variables of Lambda and other SDKs. boto3 itself reads only the second one."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


def bucket_store(address: str) -> S3Store:
    """Return obstore's client of an S3 bucket. Raises ConfigurationError without obstore."""
    from portable.storage.s3_compatible import open_store

    environment = os.environ
    region = _region()
    provider = None if environment.get("AWS_ACCESS_KEY_ID") else _boto3_credentials()
    options: dict[str, Any] = {"region": region} if region else {}
    if provider is not None:
        options["credential_provider"] = provider
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    with Extra("aws", "obstore"):
        return open_store(address, endpoint, options)


def _boto3_credentials() -> Any:
    """Return boto3's credentials for obstore, or None if boto3 is not installed or finds none."""
    try:
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ModuleNotFoundError:
        return None

    def found() -> Any:
        session = boto3.Session(region_name=_region())
        return Boto3CredentialProvider(session) if session.get_credentials() is not None else None

    return Calls(classify).once(found, "s3")
