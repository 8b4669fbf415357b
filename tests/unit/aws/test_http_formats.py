"""HTTP on Lambda: the four request formats read alike, and replies in the format that asked."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.aws.aws_samples import NativeContext, alb, http_v1, http_v2

from portable.errors import EventError
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable
from portable.eventing.urls import encode_query
from portable_aws.runtime import http

FORMATS = ("v2", "v1", "alb", "alb_multi")


def event(format_: str, method: str = "GET", path: str = "/", **more: Any) -> dict[str, Any]:
    if format_ == "v2":
        return http_v2(method, path, **more)
    if format_ == "v1":
        return http_v1(method, path, **more)
    return alb(method, path, multi=format_ == "alb_multi", **more)


def read(sent: Any) -> Request:
    return http.decode(sent)[0]


def reply(format_: str, response: Any, path: str = "/") -> dict[str, Any]:
    def call(request: Request, context: Any) -> Any:
        if isinstance(response, Exception):
            raise response
        return response

    table = RouteTable([("/{rest:path}", {"*": Route("function", call, 10**6)})])
    return http.handler(table, "function")(event(format_, path=path), NativeContext())


@pytest.mark.parametrize("format_", FORMATS)
def test_method_path_headers_and_address_are_read(format_: str) -> None:
    headers = {"X-Id": "7", "cookie": "a=1; b=2", "x-forwarded-for": "203.0.113.1, 192.0.2.9"}
    if format_ == "v2":
        sent = event(format_, "put", "/a%20b//c/", headers={"x-id": "7"}, cookies=["a=1", "b=2"])
    elif format_ == "alb":
        sent = event(format_, "put", "/a%20b//c/", headers=headers)
    else:
        sent = event(format_, "put", "/a%20b//c/", multiValueHeaders={name: [value] for name, value in headers.items()})
    request = read(sent)
    assert (request.method, request.raw_path, request.path) == ("PUT", "/a%20b//c/", "/a b//c/")
    assert request.headers["x-ID"] == "7"
    assert request.cookies == {"a": "1", "b": "2"}
    assert request.client_ip == {"v2": "192.0.2.7", "v1": "192.0.2.8"}.get(format_, "192.0.2.9")


PAIRS = st.lists(st.tuples(st.text(min_size=1, max_size=5), st.text(max_size=5)), max_size=4)


@given(PAIRS.map(lambda pairs: [(name, value) for name, value in pairs if _sound(name + value)]))
def test_the_query_is_the_same_in_every_format(pairs: list[tuple[str, str]]) -> None:
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    encoded = {
        encode_query([(name, "")])[:-1]: [encode_query([("", v)])[1:] for v in vs] for name, vs in several.items()
    }
    last = {name: values[-1] for name, values in encoded.items()}
    assert read(http_v2(query=encode_query(pairs))).query.multi_items() == pairs
    assert grouped(read(http_v1(multiValueQueryStringParameters=several))) == several
    assert grouped(read(alb(multi=True, multiValueQueryStringParameters=encoded))) == several
    assert grouped(read(alb(queryStringParameters=last))) == {name: values[-1:] for name, values in several.items()}


def _sound(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def grouped(request: Request) -> dict[str, list[str]]:
    return {name: request.query.getlist(name) for name in request.query}


def test_a_load_balancers_plus_is_a_space() -> None:
    assert read(alb(queryStringParameters={"a+b": "c+d%2Be"})).query.multi_items() == [("a b", "c d+e")]
    assert read(http_v1(queryStringParameters={"a": "c+d%2B"})).query.multi_items() == [("a", "c+d%2B")]


@given(st.binary())
def test_a_binary_body_arrives_as_it_was_sent(body: bytes) -> None:
    for format_ in FORMATS:
        sent = event(format_, "POST", body=base64.b64encode(body).decode(), isBase64Encoded=True)
        assert read(sent).body == body


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("body", "expected"), [(None, b""), ("", b""), ("héllo", "héllo".encode())])
def test_a_text_body_is_utf_8_and_may_be_absent(format_: str, body: str | None, expected: bytes) -> None:
    assert read(event(format_, "POST", body=body)).body == expected
    sent = event(format_, "POST", body=body)
    del sent["body"], sent["isBase64Encoded"]
    assert read(sent).body == b""


@pytest.mark.parametrize("format_", FORMATS)
def test_a_body_that_only_claims_to_be_base64_is_the_text_it_is(format_: str) -> None:
    assert read(event(format_, "POST", body="Hello from Lambda!", isBase64Encoded=True)).body == b"Hello from Lambda!"
    assert read(event(format_, "POST", body='{"a":1}', isBase64Encoded="false")).body == b'{"a":1}'


@pytest.mark.parametrize(
    "name", ["headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters"]
)
@pytest.mark.parametrize("format_", FORMATS)
def test_what_may_be_null_or_absent_is_empty(format_: str, name: str) -> None:
    sent = event(format_, **{name: None})
    assert read(sent).query.multi_items() == []
    del sent[name]
    assert read(sent).method == "GET"


@pytest.mark.parametrize(
    ("stage", "raw", "path"),
    [
        ("$default", "/prod/a", "/prod/a"),
        ("prod", "/prod/a", "/a"),
        ("prod", "/prod/", "/"),
        ("prod", "/production/a", "/production/a"),
        ("prod", "/a/prod/b", "/a/prod/b"),
        ("prod", "/prod/prod/a", "/prod/a"),
    ],
)
def test_a_named_stage_is_taken_off_the_path(stage: str, raw: str, path: str) -> None:
    sent = http_v2(path=raw)
    sent["requestContext"]["stage"] = stage
    assert read(sent).raw_path == path


@pytest.mark.parametrize(
    "sent",
    [
        {},
        [],
        None,
        "text",
        {"requestContext": {}},
        {"requestContext": {"http": {"method": "GET"}}},
        {**http_v2(), "type": "REQUEST", "routeArn": "arn:aws:execute-api:eu-central-1:1:a/t/GET/r"},
        {**http_v1(), "type": "REQUEST", "methodArn": "arn:aws:execute-api:eu-central-1:1:a/t/GET/r"},
        {**http_v1(), "requestContext": {"connectionId": "c", "eventType": "MESSAGE"}},
        http_v2(body={"a": 1}),
    ],
)
def test_what_is_no_http_request_is_refused(sent: Any) -> None:
    with pytest.raises(EventError, match="expected an HTTP request"):
        http.decode(sent)


COOKIES = Response.json({"a": 1}, 201, {"X-A": "1"}).set_cookie("a", "1").set_cookie("b", "2").set_cookie("c", "3")


def test_a_reply_in_payload_2_keeps_cookies_apart() -> None:
    found = reply("v2", COOKIES)
    assert found["statusCode"] == 201
    assert found["cookies"] == [f"{name}; Path=/; SameSite=Lax" for name in ("a=1", "b=2", "c=3")]
    assert "set-cookie" not in found["headers"]
    assert (found["body"], found["isBase64Encoded"]) == ('{"a":1}', False)


@pytest.mark.parametrize("format_", ["v1", "alb_multi"])
def test_a_reply_with_several_values_keeps_cookies_apart(format_: str) -> None:
    found = reply(format_, COOKIES)
    assert "headers" not in found
    assert [value.partition(";")[0] for value in found["multiValueHeaders"]["set-cookie"]] == ["a=1", "b=2", "c=3"]
    assert found["multiValueHeaders"]["x-a"] == ["1"]
    assert ("statusDescription" in found) == (format_ == "alb_multi")


def test_a_reply_with_one_value_a_header_keeps_cookies_apart_by_case() -> None:
    found = reply("alb", COOKIES)
    assert "multiValueHeaders" not in found
    cookies = {name: value for name, value in found["headers"].items() if name.lower() == "set-cookie"}
    assert [value.partition(";")[0] for value in cookies.values()] == ["a=1", "b=2", "c=3"]
    assert found["statusDescription"] == "201 Created"


def test_many_cookies_all_have_a_name_of_their_own() -> None:
    response = Response()
    for number in range(100):
        response.set_cookie(f"c{number}", "1")
    assert sum(name.lower() == "set-cookie" for name in reply("alb", response)["headers"]) == 100


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("response", "encoded"),
    [
        (Response.text("héllo"), False),
        (Response("<p>", media_type="text/html"), False),
        (Response(b"<svg/>", media_type="image/svg+xml"), False),
        (Response(b'{"a":1}', media_type="application/problem+json"), False),
        (Response(b"\x89PNG", media_type="image/png"), True),
        (Response(b"\xff", media_type="text/plain"), True),
        (Response(b"text", headers={"Content-TYPE": "Text/CSV"}), False),
        (Response(b"unknown"), True),
        (Response(b""), False),
        (Response(gzip.compress(b"{}"), headers={"content-encoding": "gzip"}, media_type="application/json"), True),
        (Response("text", headers={"Content-Encoding": "identity"}), True),
    ],
)
def test_a_body_is_text_or_base64_and_reads_back_the_same(format_: str, response: Response, encoded: bool) -> None:
    found = reply(format_, response)
    assert found["isBase64Encoded"] is encoded
    body = base64.b64decode(found["body"]) if encoded else found["body"].encode()
    assert body == response.body


@given(st.binary(), st.sampled_from(["text/plain", "image/png", "application/json", None]))
def test_any_body_reads_back_the_same(body: bytes, media_type: str | None) -> None:
    for format_ in FORMATS:
        found = reply(format_, Response(body, media_type=media_type))
        assert (base64.b64decode(found["body"]) if found["isBase64Encoded"] else found["body"].encode()) == body
        json.dumps(found)


def test_repeated_headers_are_one_value() -> None:
    response = Response(headers=[("Vary", "a"), ("vary", "b")])
    assert reply("v2", response)["headers"]["vary"] == "a, b"
    assert reply("v1", response)["multiValueHeaders"]["vary"] == ["a, b"]


@pytest.mark.parametrize(
    ("format_", "body", "status"),
    [
        ("v2", b"\x00" * 5_000_000, 500),
        ("v1", b"\x00" * 5_000_000, 500),
        ("v2", b"\x00" * 4_600_000, 200),
        ("v2", "\n" * 3_500_000, 500),
        ("v2", "a" * 6_200_000, 200),
        ("v2", "\N{SNOWMAN}" * 3_000_000, 500),
        ("alb", "a" * 1_100_000, 500),
        ("alb_multi", b"\x00" * 900_000, 500),
        ("alb", "a" * 1_000_000, 200),
    ],
)
def test_a_reply_over_the_limit_is_500_in_our_own_words(format_: str, body: bytes | str, status: int) -> None:
    found = reply(format_, body)
    assert found["statusCode"] == status
    assert status == 200 or "larger than the limit" in found["body"]


@pytest.mark.parametrize("status", [200, 204, 299, 418, 599])
def test_a_load_balancer_is_told_the_status_in_words(status: int) -> None:
    assert reply("alb", Response(b"", status))["statusDescription"].startswith(f"{status} ")
