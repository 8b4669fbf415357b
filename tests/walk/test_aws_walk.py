"""The packaged artifact under the real Lambda runtime client, fed with the events API Gateway, SQS, SNS and S3 send."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hosts.aws import LambdaHost, lambda_function

pytest.importorskip("awslambdaric", reason="the Lambda runtime client is not installed: uv pip install awslambdaric")

Start = Any


@pytest.fixture(scope="module")
def bundle(package: Any) -> Path:
    return package("tests/apps/everything", "aws") / "bundle"


@pytest.fixture(scope="module")
def start(bundle: Path) -> Iterator[Start]:
    """Return a function that starts a declared function once and gives its host."""
    manifest = json.loads((bundle.parent / "manifest.json").read_text())
    entries = {function["name"]: function["entry"] for function in manifest["functions"]}
    running: dict[str, LambdaHost] = {}
    with ExitStack() as stack:

        def host(name: str) -> LambdaHost:
            if name not in running:
                running[name] = stack.enter_context(lambda_function(bundle, entries[name]))
            return running[name]

        yield host


def v2(method: str, target: str, body: bytes | None = None, cookies: list[str] | None = None, **headers: str) -> Any:
    """Return an HTTP API event as its documentation describes it."""
    path, _, query = target.partition("?")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "t",
            },
            "requestId": "r",
            "stage": "$default",
        },
        "isBase64Encoded": body is not None,
    }
    if cookies:
        event["cookies"] = cookies
    if body is not None:
        event["body"] = base64.b64encode(body).decode()
    return event


def call(host: LambdaHost, event: Any) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and body (JSON decoded when it is JSON) of an HTTP reply."""
    reply = host.invoke(event)
    assert reply.ok, reply
    payload = reply.payload
    body = base64.b64decode(payload["body"]) if payload["isBase64Encoded"] else payload["body"]
    if payload["headers"].get("content-type", "").startswith("application/json") and body:
        body = json.loads(body)
    return payload["statusCode"], payload["headers"], body


def test_a_request_arrives_as_it_was_sent(start: Start) -> None:
    status, _, body = call(
        start("echo"),
        v2("GET", "/echo/a%2Fb/caf%C3%A9/?x=1&x=2&empty=&plus=a+b%2B", cookies=["s=1", "t=2"], x_one="a, b"),
    )
    assert status == 200
    assert body["path"] == "/echo/a/b/café/"
    assert body["raw_path"] == "/echo/a%2Fb/caf%C3%A9/"
    assert body["query"] == [["x", "1"], ["x", "2"], ["empty", ""], ["plus", "a b+"]]
    assert body["cookies"] == {"s": "1", "t": "2"}
    assert body["headers"]["x-one"] == "a, b"
    assert body["path_params"] == {"path": "a/b/café/"}


def test_a_binary_body_goes_both_ways(start: Start) -> None:
    content = bytes(range(256))
    status, headers, body = call(start("mirror"), v2("POST", "/echo/x", content, content_type="image/png"))
    assert (status, headers["content-type"], body) == (200, "image/png", content)


def test_a_body_over_the_limit_is_413(start: Start) -> None:
    status, _, body = call(start("mirror"), v2("POST", "/echo/x", b"x" * 1001))
    assert status == 413
    assert "1000" in body["detail"]


def test_parameters_are_converted(start: Start) -> None:
    ident = "12345678-1234-5678-1234-567812345678"
    event = v2("GET", f"/typed/7/blue?ident={ident}&tag=a&tag=b&order=down", cookies=["session=abc"], x_agent="me")
    status, _, body = call(start("typed"), event)
    assert status == 200
    assert body == {
        "number": 7,
        "colour": "blue",
        "ident": ident,
        "tag": ["a", "b"],
        "order": "down",
        "agent": "me",
        "session": "abc",
    }


@pytest.mark.parametrize(
    ("target", "at"),
    [
        ("/typed/x/red", "path.number"),
        ("/typed/1/green", "path.colour"),
        ("/typed/1/red?order=sideways", "query.order"),
    ],
)
def test_input_that_cannot_be_read_is_400_with_its_place(start: Start, target: str, at: str) -> None:
    status, _, body = call(start("typed"), v2("GET", target))
    assert (status, body["at"]) == (400, at)


def test_a_typed_body_is_validated(start: Start) -> None:
    good = json.dumps({"customer": "ada", "items": [{"sku": "a", "count": 2}, {"sku": "b"}]}).encode()
    assert call(start("order"), v2("POST", "/orders", good, content_type="application/json"))[2]["pieces"] == 3
    bad = json.dumps({"customer": "ada", "items": [{"sku": 1}]}).encode()
    status, _, body = call(start("order"), v2("POST", "/orders", bad, content_type="application/json"))
    assert (status, body["at"]) == (400, "body.items[0].sku")
    status, _, _ = call(start("order"), v2("POST", "/orders", good, content_type="text/plain"))
    assert status == 415


def test_cookies_are_never_joined(start: Start) -> None:
    reply = start("cookies").invoke(v2("GET", "/cookies")).payload
    assert reply["cookies"] == ["a=1; Path=/; SameSite=Lax", "b=2; Path=/; HttpOnly; SameSite=Lax"]
    assert "set-cookie" not in reply["headers"]


def test_a_form_is_read(start: Start) -> None:
    event = v2("POST", "/form", b"a=1&a=2&b=x+y", content_type="application/x-www-form-urlencoded")
    assert call(start("form"), event)[2] == [["a", "1"], ["a", "2"], ["b", "x y"]]


def test_errors_say_what_the_client_may_know(start: Start) -> None:
    assert call(start("fail"), v2("GET", "/fail/teapot"))[::2] == (418, {"detail": {"short": "and stout"}})
    status, _, body = call(start("fail"), v2("GET", "/fail/other"))
    assert (status, body) == (500, {"detail": "Internal Server Error"})
    assert "a secret of the handler" in start("fail").log


def test_head_options_and_unknown_methods_are_answered_on_a_path(start: Start) -> None:
    host = start("typed")
    status, headers, body = call(host, v2("HEAD", "/typed/1/red"))
    assert (status, body) == (200, "")
    assert int(headers["content-length"]) > 0
    preflight = {"origin": "https://shop.example", "access_control_request_method": "GET"}
    status, headers, _ = call(host, v2("OPTIONS", "/typed/1/red", **preflight))
    assert (status, headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert headers["access-control-allow-origin"] == "https://shop.example"
    status, headers, _ = call(host, v2("DELETE", "/typed/1/red"))
    assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert call(host, v2("GET", "/nowhere"))[0] == 404


def test_an_async_handler_is_awaited(start: Start) -> None:
    assert call(start("later"), v2("GET", "/later"))[2] == {"function": "later", "time": True, "id": True}


def test_a_batch_reports_only_the_messages_that_failed(start: Start, tmp_path: Path) -> None:
    def record(item: str, body: str, attempt: int) -> dict[str, Any]:
        return {
            "messageId": item,
            "receiptHandle": "h",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(attempt), "SentTimestamp": "1767225600000"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:jobs",
        }

    bad = '{"sku": "a", "count": -1}'
    reply = start("work").invoke({"Records": [record("m1", bad, 1), record("m2", "{", 1), record("m3", bad, 2)]})
    assert reply.ok
    assert reply.payload == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
    assert "gave up message m3" in start("work").log


def test_a_topic_hears_what_its_filter_lets_through(start: Start) -> None:
    def notification(text: str, level: str) -> dict[str, Any]:
        sns = {
            "Type": "Notification",
            "MessageId": text,
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:news",
            "Subject": None,
            "Message": text,
            "Timestamp": "2026-01-01T00:00:00.000Z",
            "MessageAttributes": {"level": {"Type": "String", "Value": level}},
        }
        return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}

    host = start("listen")
    assert host.invoke(notification("loud", "high")).ok
    assert host.invoke(notification("quiet", "low")).ok
    assert '"text": "loud"' in host.log
    assert "quiet" not in host.log


def test_a_deleted_object_and_a_tick_arrive(start: Start) -> None:
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectRemoved:Delete",
        "s3": {"bucket": {"name": "files"}, "object": {"key": "a+b/caf%C3%A9.txt", "sequencer": "1"}},
    }
    assert start("gone").invoke({"Records": [record]}).ok
    assert '"key": "a b/café.txt"' in start("gone").log
    event = {"portable": {"kind": "schedule", "name": "tick", "time": "2026-03-29T02:30:00Z"}}
    assert start("tick").invoke(event).ok
    assert '"due": "2026-03-29T02:30:00+00:00"' in start("tick").log


@pytest.mark.parametrize("name", ["echo", "work", "listen", "gone", "arrived", "tick"])
def test_another_event_is_refused_before_the_handler(start: Start, name: str) -> None:
    reply = start(name).invoke({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": ""}}]})
    assert not reply.ok
    assert reply.payload["errorType"] == "EventError"
    assert "aws:kinesis came" in reply.payload["errorMessage"]


def test_logs_carry_the_call_they_came_from(start: Start) -> None:
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectRemoved:Delete",
        "s3": {"bucket": {"name": "files"}, "object": {"key": "logged"}},
    }
    start("gone").invoke({"Records": [record]})
    line = next(json.loads(line) for line in start("gone").log.splitlines() if '"logged"' in line)
    assert line.keys() == {"timestamp", "level", "message", "logger", "requestId", "function", "traceId", "key"}
    assert (line["function"], line["level"]) == ("gone", "INFO")
    assert line["traceId"] == "5759e988bd862e3fe1be46a994272793"
