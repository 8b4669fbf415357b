"""Each driver says the errors of its provider in the terms of the tree, and waits when it is told to slow down."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from azure.core import exceptions as azure
from azure.cosmos import exceptions as cosmos
from botocore import exceptions as boto
from google.api_core import exceptions as google
from google.auth.exceptions import DefaultCredentialsError

from portable import errors
from portable.base.calls import Calls
from portable.persistence.clients import TableReadWriter
from portable.persistence.table import Table
from portable_aws.runtime.errors import classify as of_aws
from portable_aws.runtime.persistence import table_driver
from portable_azure.runtime.accounts import cosmos_parts
from portable_azure.runtime.errors import classify as of_azure
from portable_gcp.runtime.clients import firestore_parts
from portable_gcp.runtime.errors import classify as of_gcp

PLAIN = Table("plain", key="id")


def service(code: str, status: int = 400, message: str = "said") -> boto.ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(response, "GetItem")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (service("ProvisionedThroughputExceededException"), errors.Throttled),
        (service("ThrottlingException"), errors.Throttled),
        (service("AccessDeniedException"), errors.PermissionDenied),
        (service("ExpiredTokenException"), errors.PermissionDenied),
        (service("ResourceNotFoundException"), errors.NotFound),
        (service("ValidationException", message="Item size has exceeded the maximum allowed size"), errors.TooLarge),
        (service("ValidationException", message="The provided key element does not match"), errors.InvalidValue),
        (service("InternalServerError", 500), errors.Unavailable),
        (service("Whatever", 503), errors.Unavailable),
        (service("Whatever", 429), errors.Throttled),
        (boto.NoCredentialsError(), errors.ConfigurationError),
        (boto.NoRegionError(), errors.ConfigurationError),
        (boto.EndpointConnectionError(endpoint_url="http://x"), errors.Unavailable),
        (boto.ReadTimeoutError(endpoint_url="http://x"), errors.Timeout),
    ],
)
def test_errors_of_dynamodb(error: Exception, kind: type[Exception]) -> None:
    assert of_aws(error) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (cosmos.CosmosHttpResponseError(status_code=429, message="slow"), errors.Throttled),
        (cosmos.CosmosHttpResponseError(status_code=449, message="retry"), errors.Throttled),
        (cosmos.CosmosHttpResponseError(status_code=401, message="no"), errors.PermissionDenied),
        (cosmos.CosmosHttpResponseError(status_code=403, message="no"), errors.PermissionDenied),
        (cosmos.CosmosResourceNotFoundError(status_code=404, message="no"), errors.NotFound),
        (cosmos.CosmosHttpResponseError(status_code=408, message="late"), errors.Timeout),
        (cosmos.CosmosHttpResponseError(status_code=413, message="big"), errors.TooLarge),
        (cosmos.CosmosHttpResponseError(status_code=503, message="down"), errors.Unavailable),
        (cosmos.CosmosHttpResponseError(status_code=400, message="bad"), errors.InvalidValue),
        (azure.ServiceRequestError("no route"), errors.Unavailable),
        (azure.ClientAuthenticationError("no identity"), errors.PermissionDenied),
    ],
)
def test_errors_of_cosmos_db(error: Exception, kind: type[Exception]) -> None:
    assert of_azure(error) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (google.ResourceExhausted("slow"), errors.Throttled),
        (google.Aborted("contention"), errors.Throttled),
        (google.PermissionDenied("no"), errors.PermissionDenied),
        (google.Unauthenticated("no"), errors.PermissionDenied),
        (google.NotFound("no database"), errors.NotFound),
        (google.DeadlineExceeded("late"), errors.Timeout),
        (google.ServiceUnavailable("down"), errors.Unavailable),
        (google.InternalServerError("down"), errors.Unavailable),
        (google.InvalidArgument("Document exceeds the maximum size"), errors.TooLarge),
        (google.FailedPrecondition("The query requires an index"), errors.ConfigurationError),
        (DefaultCredentialsError("none"), errors.ConfigurationError),
    ],
)
def test_errors_of_firestore(error: Exception, kind: type[Exception]) -> None:
    assert of_gcp(error) is kind


@pytest.mark.parametrize("classify", [of_aws, of_azure, of_gcp])
def test_an_error_of_ours_stays_as_it_is(classify: Any) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    assert classify(ZeroDivisionError()) is None
    with pytest.raises(ZeroDivisionError):
        Calls(classify).once(fail, "x")


def test_addresses() -> None:
    assert cosmos_parts("https://a.documents.azure.com/d/c") == ("https://a.documents.azure.com/", "d", "c")
    assert cosmos_parts("http://127.0.0.1:5/d/c") == ("http://127.0.0.1:5/", "d", "c")
    assert firestore_parts("orders") == ("(default)", "orders")
    assert firestore_parts("eu/orders") == ("eu", "orders")
    for address in ("a.documents.azure.com/d/c", "https://a.documents.azure.com/d", "http://a.documents.azure.com/d/c"):
        with pytest.raises(errors.ConfigurationError):
            cosmos_parts(address)
    with pytest.raises(errors.ConfigurationError):
        firestore_parts("a/b/c")


@contextmanager
def throttling(times: int) -> Iterator[tuple[str, list[str]]]:
    """A DynamoDB that asks to slow down `times` times, then answers with one row."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.headers["X-Amz-Target"])
            slow = len(seen) <= times
            answer: Any = {"__type": "com.amazon#ThrottlingException", "message": "slow down"}
            body = json.dumps(answer if slow else {"Item": {"id": {"S": "a"}}}).encode()
            self.send_response(400 if slow else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in (("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x"), ("DEFAULT_REGION", "eu-central-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    return monkeypatch


def client(remaining: float) -> TableReadWriter[Any]:
    driver = table_driver(PLAIN, "plain", remaining=lambda: remaining)

    class Drivers:
        def of(self, table: Table) -> Any:
            return driver

    return TableReadWriter(PLAIN, Drivers())  # type: ignore[arg-type]


def test_throttling_is_waited_out(credentials: pytest.MonkeyPatch) -> None:
    with throttling(3) as (url, seen):
        credentials.setenv("AWS_ENDPOINT_URL", url)
        assert client(10).get("a") == {"id": "a"}
    assert seen == ["DynamoDB_20120810.GetItem"] * 4


def test_throttling_until_the_deadline_is_raised_with_the_providers_own_error(credentials: pytest.MonkeyPatch) -> None:
    with throttling(1000) as (url, seen):
        credentials.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(errors.Throttled, match="slow down") as raised:
            client(0.6).put({"id": "a"})
    assert isinstance(raised.value.__cause__, boto.ClientError)
    assert len(seen) > 1


def test_a_service_that_is_not_there_is_unavailable(credentials: pytest.MonkeyPatch) -> None:
    credentials.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(errors.Unavailable):
        client(0.3).get("a")
