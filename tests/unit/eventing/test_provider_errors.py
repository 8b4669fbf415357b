"""What queues, topics and vaults say when they are busy, broken or closed: errors of the tree, after retries in time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.pubsub_v1.types import PublishRequest, PublishResponse
from servers.process import free_port
from servers.scripted import Answer, Scripted, scripted

from portable.errors import (
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
from portable_aws.runtime import eventing as aws
from portable_aws.runtime.clients import AwsClient
from portable_azure.runtime import eventing as azure
from portable_azure.runtime.clients import AzureClients
from portable_gcp.runtime import eventing as gcp
from portable_gcp.runtime.clients import GcpClients

JOBS, NEWS = Queue("jobs"), Topic("news")


class Service:
    """A queue of a provider whose answers are scripted, and the seconds that are left for each call."""

    def __init__(self, server: Scripted) -> None:
        self.server = server
        self.remaining = 0.3
        self.queue: Any = None

    def send(self, *answers: Answer, remaining: float = 0.3) -> str:
        self.remaining = remaining
        self.server.play(*answers)
        return str(self.queue.send(prepare("x", None)))


@pytest.fixture(scope="module")
def sqs() -> Iterator[Service]:
    with scripted() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "eu-west-1")):
            patch.setenv(f"AWS_{name}", value)
        patch.setenv("AWS_ENDPOINT_URL", server.url)
        service = Service(server)
        service.queue = aws.queue_driver(JOBS, f"{server.url}/0/jobs", AwsClient("sqs", lambda: service.remaining))
        yield service


@pytest.fixture(scope="module")
def storage() -> Iterator[Service]:
    with scripted() as server, pytest.MonkeyPatch.context() as patch:
        text = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;QueueEndpoint={server.url}/a;"
        patch.setenv("AzureWebJobsStorage", text)
        service = Service(server)
        service.queue = azure.queue_driver(JOBS, "jobs", AzureClients(remaining=lambda: service.remaining))
        yield service


def of_aws(code: str, status: int = 400) -> Answer:
    return Answer(status, json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "said so"}).encode())


def of_azure(code: str, status: int) -> Answer:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>said so</Message></Error>'
    return Answer(status, body.encode(), {"Content-Type": "application/xml", "x-ms-error-code": code})


AWS = [
    (of_aws("RequestThrottled"), Throttled),
    (of_aws("ThrottlingException"), Throttled),
    (of_aws("AccessDeniedException", 403), PermissionDenied),
    (of_aws("QueueDoesNotExist"), NotFound),
    (of_aws("InvalidMessageContents"), InvalidValue),
    (of_aws("InternalError", 500), Unavailable),
    (Answer(503, b"<html>"), Unavailable),
]
AZURE = [
    (of_azure("ServerBusy", 503), Throttled),
    (of_azure("TooManyRequests", 429), Throttled),
    (of_azure("AuthorizationPermissionMismatch", 403), PermissionDenied),
    (of_azure("QueueNotFound", 404), NotFound),
    (of_azure("RequestBodyTooLarge", 413), TooLarge),
    (of_azure("InternalError", 500), Unavailable),
    (Answer(502, b"<html>"), Unavailable),
]


@pytest.mark.parametrize(("answer", "expected"), AWS)
def test_an_error_of_sqs_is_an_error_of_the_tree(sqs: Service, answer: Answer, expected: type[PortableError]) -> None:
    with pytest.raises(expected) as caught:
        sqs.send(answer)
    assert type(caught.value) is expected
    assert caught.value.__cause__ is not None
    assert "jobs" in str(caught.value)


@pytest.mark.parametrize(("answer", "expected"), AZURE)
def test_an_error_of_storage_is_an_error_of_the_tree(
    storage: Service, answer: Answer, expected: type[PortableError]
) -> None:
    with pytest.raises(expected) as caught:
        storage.send(answer)
    assert type(caught.value) is expected
    assert caught.value.__cause__ is not None


def test_throttling_is_retried_until_it_is_over(sqs: Service) -> None:
    sent = Answer(200, json.dumps({"MessageId": "m", "MD5OfMessageBody": "x"}).encode())
    assert sqs.send(of_aws("RequestThrottled"), of_aws("InternalError", 500), sent, remaining=10) == "m"
    assert len(sqs.server.requests) == 3


def test_throttling_ends_with_the_deadline(storage: Service) -> None:
    start = time.monotonic()
    with pytest.raises(Throttled):
        storage.send(of_azure("ServerBusy", 503), remaining=0.8)
    assert len(storage.server.requests) > 1
    assert time.monotonic() - start < 2


def test_a_service_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    text = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;QueueEndpoint={nowhere}/a;"
    monkeypatch.setenv("AzureWebJobsStorage", text)
    with pytest.raises(Unavailable) as caught:
        azure.queue_driver(JOBS, "jobs", AzureClients(remaining=lambda: 0.25)).send(prepare("x", None))
    assert caught.value.__cause__ is not None


def test_the_parts_of_a_batch_that_failed_are_tried_again_or_reported(sqs: Service) -> None:
    def some(sent: list[str], failed: list[tuple[str, str, bool]]) -> Answer:
        entries = [{"Id": own, "MessageId": f"m{own}", "MD5OfMessageBody": "x"} for own in sent]
        refused = [{"Id": own, "Code": code, "SenderFault": fault} for own, code, fault in failed]
        return Answer(200, json.dumps({"Successful": entries, "Failed": refused}).encode())

    sqs.remaining = 10
    first = some(["0"], [("1", "InternalError", False), ("2", "InvalidMessageContents", True)])
    sqs.server.play(first, some(["1"], []))
    outcomes = sqs.queue.send_many([prepare(text, None) for text in "abc"])
    assert outcomes[:2] == ["m0", "m1"]
    assert type(outcomes[2]) is InvalidValue
    assert [len(json.loads(request)["Entries"]) for request in sqs.server.requests] == [3, 1]
    sqs.remaining = 0.4
    sqs.server.play(some([], [("0", "InternalError", False)]))
    [outcome] = sqs.queue.send_many([prepare("a", None)])
    assert type(outcome) is Unavailable


@contextmanager
def pubsub(statuses: list[grpc.StatusCode]) -> Iterator[list[Any]]:
    """Serve Publish with these statuses in order, the last one for ever; yield port and requests."""
    seen: list[Any] = []

    def publish(request: Any, context: grpc.ServicerContext) -> Any:
        seen.append(request)
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        if status is not grpc.StatusCode.OK:
            context.abort(status, "said so")
        return PublishResponse(message_ids=["m"] * len(request.messages))

    method = grpc.unary_unary_rpc_method_handler(publish, PublishRequest.deserialize, PublishResponse.serialize)
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("google.pubsub.v1.Publisher", {"Publish": method}),)
    )
    seen.append(server.add_insecure_port("127.0.0.1:0"))
    server.start()
    try:
        yield seen
    finally:
        server.stop(None).wait()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Throttled),
        (grpc.StatusCode.PERMISSION_DENIED, PermissionDenied),
        (grpc.StatusCode.UNAUTHENTICATED, PermissionDenied),
        (grpc.StatusCode.NOT_FOUND, NotFound),
        (grpc.StatusCode.INVALID_ARGUMENT, InvalidValue),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Timeout),
        (grpc.StatusCode.UNAVAILABLE, Unavailable),
        (grpc.StatusCode.INTERNAL, Unavailable),
        (grpc.StatusCode.ABORTED, Throttled),
    ],
)
def test_an_error_of_pubsub_is_an_error_of_the_tree(
    monkeypatch: pytest.MonkeyPatch, status: grpc.StatusCode, expected: type[PortableError]
) -> None:
    with pubsub([status]) as seen:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{seen[0]}")
        driver = gcp.topic_driver(NEWS, "projects/p/topics/news", GcpClients(lambda: 0.25))
        with pytest.raises(expected) as caught:
            driver.publish(prepare("x", None))
    assert type(caught.value) is expected
    assert caught.value.__cause__ is not None


def test_throttling_of_pubsub_is_retried_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.OK]
    with pubsub(busy) as seen:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{seen[0]}")
        driver = gcp.queue_driver(JOBS, "projects/p/topics/jobs", GcpClients(lambda: 10))
        assert driver.send_many([prepare("x", None)] * 150) == ["m"] * 150
    assert [len(request.messages) for request in seen[1:]] == [100, 100, 100, 50]
