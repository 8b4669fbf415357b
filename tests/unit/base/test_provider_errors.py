"""The same answer of a provider is the same error in every pillar: one table per adapter, one for the statuses of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from servers.scripted import Answer, Scripted, scripted

from portable.base.calls import Extra
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
from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable.eventing.topic import Topic
from portable.persistence.table import Table
from portable.storage import obstore_errors, obstore_objects
from portable.storage.bucket import Bucket

Pillars = dict[str, Callable[[], object]]
STATUSES = {
    400: InvalidValue,
    401: PermissionDenied,
    403: PermissionDenied,
    404: NotFound,
    408: Timeout,
    413: TooLarge,
    418: PortableError,
    429: Throttled,
    500: Unavailable,
    502: Unavailable,
    503: Unavailable,
}


@pytest.fixture(scope="module")
def monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    """One for the module: clients are slow to make, so they are made once."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(obstore_objects, "retry_options", lambda: {"max_retries": 0})
    with scripted() as found:
        yield found


@pytest.fixture(scope="module")
def aws(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Pillars:
    from portable_aws.runtime import eventing, persistence, settings, storage
    from portable_aws.runtime.clients import AwsClient

    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    left = lambda: 0.1  # noqa: E731
    queue = eventing.queue_driver(Queue("jobs"), f"{server.url}/0/jobs", AwsClient("sqs", left))
    topic = eventing.topic_driver(Topic("news"), "arn:aws:sns:eu-west-1:0:news", AwsClient("sns", left))
    table = persistence.table_driver(Table("rows", key="id"), "rows", remaining=left)
    read = settings.secret_reader(AwsClient("ssm", left))
    bucket = storage.bucket_driver(Bucket("photos"), "photos")
    return {
        "queue": lambda: queue.send(prepare("x", None)),
        "topic": lambda: topic.publish(prepare("x", None)),
        "table": lambda: table.get(("a", None), consistent=True),
        "secret": lambda: read("/token"),
        "bucket": lambda: bucket.get("key", None),
    }


@pytest.fixture(scope="module")
def azure(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Pillars:
    from portable_azure.runtime import eventing, persistence, storage
    from portable_azure.runtime.clients import AzureClients

    account = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5"
    place = f"{account};QueueEndpoint={server.url}/a;BlobEndpoint={server.url}/a;"
    monkeypatch.setenv("AzureWebJobsStorage", place)
    monkeypatch.setenv("AZURE_COSMOS_KEY", "a2V5")
    monkeypatch.setenv("AZURE_EVENTGRID_KEY", "key")
    clients = AzureClients(remaining=lambda: 0.1)
    queue = eventing.queue_driver(Queue("jobs"), "jobs", clients)
    topic = eventing.topic_driver(Topic("news"), f"{server.url}/api/events", clients)
    address = f"{server.url}/app/rows"
    table = persistence.table_driver(Table("rows", key="id"), address, clients, remaining=lambda: 0.1)
    bucket = storage.bucket_driver(Bucket("photos"), "photos")
    return {
        "queue": lambda: queue.send(prepare("x", None)),
        "topic": lambda: topic.publish(prepare("x", None)),
        "table": lambda: table.get(("a", None), consistent=True),
        "bucket": lambda: bucket.get("key", None),
    }


def told(pillars: Pillars) -> dict[str, type[BaseException]]:
    """Return the kind of error that each pillar raises, every one with the provider's own as its cause."""
    found: dict[str, type[BaseException]] = {}
    for name, call in pillars.items():
        with pytest.raises(PortableError) as caught:
            call()
        assert caught.value.__cause__ is not None, name
        found[name] = type(caught.value)
    return found


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
@pytest.mark.parametrize("provider", ["aws", "azure"])
def test_a_status_is_the_same_error_in_every_pillar(
    provider: str, status: int, kind: type[PortableError], server: Scripted, request: pytest.FixtureRequest
) -> None:
    pillars: Pillars = dict(request.getfixturevalue(provider))
    if provider == "azure" and status not in (400, 403, 429):
        del pillars["table"]  # azure-cosmos asks again for seconds, whatever it is told: three statuses are enough
    server.play(Answer(status, b"<ErrorResponse/>" if provider == "aws" else b""))
    assert of_status(status) is kind
    assert told(pillars) == dict.fromkeys(pillars, kind)


CODES = {
    "AccessDeniedException": PermissionDenied,
    "ExpiredTokenException": PermissionDenied,
    "ThrottlingException": Throttled,
    "RequestThrottled": Throttled,
    "ResourceNotFoundException": NotFound,
    "ValidationException": InvalidValue,
    "InvalidParameterValue": InvalidValue,
    "RequestEntityTooLarge": TooLarge,
    "InternalServerError": Unavailable,
}


@pytest.mark.parametrize(("code", "kind"), CODES.items())
def test_a_code_of_aws_is_the_same_error_in_every_pillar(
    code: str, kind: type[PortableError], server: Scripted, aws: Pillars
) -> None:
    server.play(Answer(400, b'{"__type": "com.amazonaws#%s", "message": "said"}' % code.encode()))
    pillars = {name: aws[name] for name in ("queue", "table", "secret")}  # the others speak XML
    assert told(pillars) == dict.fromkeys(pillars, kind)


def test_an_answer_that_is_no_answer_of_the_service_is_unavailable(server: Scripted, aws: Pillars) -> None:
    server.play(Answer(403, b"a proxy says no"))
    assert told({"topic": aws["topic"]}) == {"topic": Unavailable}


def test_the_codes_that_buckets_know_are_those_of_the_adapters() -> None:
    from portable_aws.runtime import errors as aws_errors
    from portable_azure.runtime import errors as azure_errors

    for code, kind in obstore_errors._BY_CODE.items():
        for table in (aws_errors._CODES, azure_errors._CODES):
            assert table.get(code, kind) is kind, code


@pytest.fixture(scope="module")
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Pillars, list[grpc.StatusCode]]]:
    from portable_gcp.runtime import eventing, persistence, settings
    from portable_gcp.runtime.clients import GcpClients

    status = [grpc.StatusCode.OK]

    def abort(request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(status[0], "said so")
        raise AssertionError

    class Aborting(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            return grpc.unary_unary_rpc_method_handler(abort)

    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((Aborting(),))
    host = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    for name in ("PUBSUB", "SECRET_MANAGER", "FIRESTORE"):
        monkeypatch.setenv(f"{name}_EMULATOR_HOST", host)
    clients = GcpClients(lambda: 0.1)
    queue = eventing.queue_driver(Queue("jobs"), "projects/p/topics/jobs", clients)
    table = persistence.table_driver(Table("rows", key="id"), "rows", clients, remaining=lambda: 0.1)
    read = settings.secret_reader(clients)
    pillars: Pillars = {
        "queue": lambda: queue.send(prepare("x", None)),
        "pull": lambda: queue.acknowledge(["receipt"]),
        "table": lambda: table.get(("a", None), consistent=True),
        "secret": lambda: read("projects/p/secrets/token"),
    }
    yield pillars, status
    server.stop(None).wait()


GRPC = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidValue,
    grpc.StatusCode.OUT_OF_RANGE: InvalidValue,
    grpc.StatusCode.FAILED_PRECONDITION: ConfigurationError,
    grpc.StatusCode.UNAUTHENTICATED: PermissionDenied,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.ABORTED: Throttled,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Throttled,
    grpc.StatusCode.CANCELLED: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: Timeout,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.INTERNAL: Unavailable,
    grpc.StatusCode.UNKNOWN: Unavailable,
    grpc.StatusCode.DATA_LOSS: Unavailable,
    grpc.StatusCode.UNIMPLEMENTED: Unavailable,
}


@pytest.mark.parametrize(("code", "kind"), GRPC.items(), ids=lambda found: getattr(found, "name", None))
def test_a_code_of_google_is_the_same_error_in_every_pillar(
    code: grpc.StatusCode, kind: type[PortableError], google: tuple[Pillars, list[grpc.StatusCode]]
) -> None:
    pillars, status = google
    status[0] = code
    assert told(pillars) == dict.fromkeys(pillars, kind)


@pytest.mark.parametrize(("status", "kind"), {**STATUSES, 416: InvalidRange}.items())
def test_a_status_of_cloud_storage_is_what_its_class_is_in_googles_other_clients(
    status: int, kind: type[PortableError], server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from google.api_core.exceptions import from_http_status

    from portable_gcp.runtime.errors import classify
    from portable_gcp.runtime.storage import bucket_driver

    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    server.play(Answer(status))
    assert classify(from_http_status(status, "said so")) is kind
    assert told({"bucket": lambda: bucket_driver(Bucket("photos"), "photos").get("key", None)}) == {"bucket": kind}


def test_a_package_that_cannot_be_loaded_is_told_from_one_that_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="psycopg is not installed"), Extra("container", "psycopg"):
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
    with pytest.raises(ConfigurationError) as broken, Extra("container", "psycopg"):
        raise ImportError("no pq wrapper available.\nlibpthread.so.0: cannot open shared object file")
    assert "psycopg cannot be imported: no pq wrapper available. libpthread.so.0" in str(broken.value)
