"""Paths, clients, traces, deadlines and log lines as the runtime reads and writes them on Google Cloud."""

from __future__ import annotations

import json
import logging
import time

import flask
import pytest

from portable.base.logs import JsonFormatter, current
from portable.errors import EventError
from portable.eventing import wsgi
from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable
from portable_gcp.runtime import http, messages, objects
from portable_gcp.runtime.context import GcpContext, seconds_of, traceparent
from portable_gcp.runtime.logs import shape
from portable_gcp.testing.native import Native

TRACE = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"RAW_URI": "/a%2Fb//c/?x=1"}, "/a%2Fb//c/"),
        ({"RAW_URI": "http://host:80/a%25?x"}, "/a%25"),
        ({"RAW_URI": "http://host"}, "/"),
        ({"RAW_URI": "*"}, "/*"),
        ({"REQUEST_URI": "/caf\xc3\xa9"}, "/café"),
        ({"PATH_INFO": "/caf\xc3\xa9/a b%"}, "/caf%C3%A9/a%20b%25"),
        ({}, "/"),
    ],
)
def test_the_path_is_the_one_the_client_sent(environ, path):
    assert wsgi.raw_path(environ) == path


def test_the_client_is_the_last_address_that_the_front_end_added():
    native = Native("GET", "/", "", (("x-forwarded-for", "10.0.0.1, 203.0.113.9"),))
    assert http.decode(native.environ(), b"").client_ip == "203.0.113.9"
    assert http.decode(Native("GET", "/").environ(), b"").client_ip == "169.254.1.1"


def test_a_response_over_the_limit_is_a_500_that_names_it():
    status, _, pieces = http.encode(Response(b"x" * (http.LIMIT + 1)))
    body = b"".join(pieces)
    assert status == 500
    assert b"33554432" in body


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"{TRACE}/5;o=1", f"00-{TRACE}-0000000000000005-01"),
        (f"{TRACE.upper()}/18446744073709551615;o=0", f"00-{TRACE}-ffffffffffffffff-00"),
        (f"{TRACE}/0;o=1", None),
        (f"{TRACE}/18446744073709551616;o=1", None),
        (TRACE, None),
        ("", None),
        ("zz/1", None),
    ],
)
def test_the_trace_of_cloud_trace_becomes_a_traceparent(header, expected):
    assert traceparent(header) == expected


CALLERS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_callers_traceparent_comes_first():
    environ = Native("GET", "/", "", (("traceparent", CALLERS), ("x-cloud-trace-context", f"{TRACE}/5;o=1"))).environ()
    assert GcpContext(environ, None, "f", 1).trace == CALLERS


def test_the_deadline_is_the_services_timeout_or_the_declared_one(monkeypatch):
    monkeypatch.setenv("CLOUD_RUN_TIMEOUT_SECONDS", "90")
    assert seconds_of(30) == 90
    for unset in ("", "0", "soon"):
        monkeypatch.setenv("CLOUD_RUN_TIMEOUT_SECONDS", unset)
        assert seconds_of(30) == 30
    context = GcpContext({}, None, "f", 30)
    assert 29 < context.remaining() <= 30
    assert abs(context.deadline.timestamp() - time.time() - 30) < 1


def test_a_call_without_an_execution_id_has_one_of_its_own():
    context = GcpContext({}, None, "f", 30)
    assert len(context.request_id) == 32
    assert context.request_id == context.request_id


def test_a_log_line_has_the_fields_that_cloud_logging_reads(monkeypatch):
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "my-project")
    environ = Native(
        "GET", "/", "", (("function-execution-id", "abc"), ("x-cloud-trace-context", f"{TRACE}/5;o=1"))
    ).environ()
    token = current.set(GcpContext(environ, None, "work", 30))
    try:
        record = logging.LogRecord("app", logging.WARNING, "app.py", 1, "hello %s", ("you",), None)
        line = json.loads(JsonFormatter(shape).format(record))
    finally:
        current.reset(token)
    assert line["severity"] == "WARNING"
    assert line["message"] == "hello you"
    assert line["execution_id"] == "abc"
    assert line["logging.googleapis.com/trace"] == f"projects/my-project/traces/{TRACE}"


def push(message, **more):
    return Native("POST", "/", "", (), json.dumps({"message": message, **more}).encode())


def test_what_the_emulator_leaves_out_is_none():
    native = push({"message_id": "1", "data": "eyJmb28iOiJiYXIifQ=="}, subscription="projects/a/subscriptions/b")
    message = messages.decode(native.environ(), native.body)
    assert (message.id, message.payload) == ("1", b'{"foo":"bar"}')
    assert (message.attempt, message.sent_at, message.group, message.attributes) == (None, None, None, {})


@pytest.mark.parametrize(
    "message",
    [
        {"data": "AQID"},
        {"messageId": 5},
        {"messageId": "1", "data": "not base64"},
        {"messageId": "1", "data": 5},
        {"messageId": "1", "attributes": {"a": 1}},
        {"messageId": "1", "attributes": []},
        {"messageId": "1", "publishTime": "yesterday"},
        {"messageId": "1", "orderingKey": 7},
    ],
)
def test_a_message_that_is_none_is_refused(message):
    if message.get("attributes") == []:
        message = {**message, "attributes": ["a"]}
    native = push(message)
    with pytest.raises(EventError, match="expected a message of Pub/Sub, but a Pub/Sub message came"):
        messages.decode(native.environ(), native.body)


@pytest.mark.parametrize(("told", "attempt"), [(1, 1), ("3", 3), (None, None), (0, None)])
def test_the_attempt_is_what_the_push_tells(told, attempt):
    native = push({"messageId": "1"}, deliveryAttempt=told)
    assert messages.decode(native.environ(), native.body).attempt == attempt


@pytest.mark.parametrize("told", [True, -1, 1.5, "many", [1]])
def test_an_attempt_that_is_no_count_is_refused(told):
    native = push({"messageId": "1"}, deliveryAttempt=told)
    with pytest.raises(EventError):
        messages.decode(native.environ(), native.body)


def notification(event_type, **more):
    attributes = {"eventType": event_type, "bucketId": "photos", "objectId": "a.jpg", "payloadFormat": "NONE", **more}
    return push({"messageId": "7", "attributes": attributes}, deliveryAttempt=1)


def test_a_notification_without_its_object_tells_no_size():
    native = notification("OBJECT_FINALIZE")
    found, _ = objects.decode(native.environ(), native.body, "created")
    assert found is not None
    assert (found.bucket, found.key, found.size, found.etag, found.id) == ("photos", "a.jpg", None, None, "7")


def test_an_object_that_was_replaced_is_not_deleted():
    native = notification("OBJECT_DELETE", overwrittenByGeneration="2")
    assert objects.decode(native.environ(), native.body, "deleted")[0] is None
    native = notification("OBJECT_DELETE")
    assert objects.decode(native.environ(), native.body, "deleted")[0] is not None


@pytest.mark.parametrize("event_type", ["OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE", "OBJECT_DELETE"])
def test_another_notification_is_refused_by_name(event_type):
    native = notification(event_type)
    with pytest.raises(EventError, match=f"but a notification {event_type} of the bucket photos came"):
        objects.decode(native.environ(), native.body, "created")


def test_a_reply_that_http_forbids_is_a_500():
    def bad(request, context):
        response = Response(b"x")
        response.headers.append(("x-a", "a\nb"))
        return response

    target = http.handler(RouteTable([("/", {"*": Route("bad", bad, 1000)})]), 30)
    reply = target(flask.Request(Native("GET", "/").environ()))
    assert (reply.status_code, reply.get_json()) == (500, {"detail": "Internal Server Error"})
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("given", ["constructor", "appended"])
def test_a_location_that_is_not_ascii_is_encoded_once(given: str) -> None:
    response = Response(b"", 302, {"location": "/zoë?q=ü"} if given == "constructor" else None)
    if given == "appended":
        response.headers.append(("Location", "/zoë?q=ü"))
    sent = dict(http.reply(response).get_wsgi_headers({"REQUEST_METHOD": "GET"}))
    assert {name.lower(): value for name, value in sent.items()}["location"] == "/zo%C3%AB?q=%C3%BC"
