"""What the worker hands an HTTP function, and what it makes of the reply."""

from __future__ import annotations

import asyncio
import string
from typing import Any

import pytest
from azure.functions import HttpRequest, HttpResponse
from azure.functions.http import HttpResponseConverter
from hypothesis import given
from hypothesis import strategies as st

from portable.compute.running import shared
from portable.errors import EventError
from portable.eventing.http import MAX_BODY
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable
from portable.eventing.urls import quote
from portable_azure.runtime.gateway import CLIENT, HOST, KEY, caller
from portable_azure.runtime.http import async_handler, client_address, decode, encode, handler, split_url
from portable_azure.runtime.sync_and_async import awaited, plain
from portable_azure.testing.context import Invocation
from portable_azure.testing.http import decode_response, encode_request

TOKEN = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=12)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1, max_size=20)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
PAIRS = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=5)


def table(call: Any, path: str = "/x", method: str = "GET") -> RouteTable:
    return RouteTable([(path, {method: Route("fun", call, MAX_BODY)})])


@given(
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.lists(TEXT, max_size=4),
    PAIRS,
    st.dictionaries(TOKEN.filter(lambda n: n != "x-forwarded-for"), VALUE, max_size=4),
    st.binary(max_size=40),
)
def test_a_request_that_is_encoded_and_decoded_is_the_same(
    method: str, parts: list[str], query: list[tuple[str, str]], headers: dict[str, str], body: bytes
) -> None:
    raw_path = "/" + "/".join(quote(part) for part in parts)
    sent = Request(method, raw_path, query, headers, body, None)
    found = decode(encode_request(sent))
    assert (found.method, found.body) == (method, body)
    assert found.path == sent.path or "%2f" in sent.path.lower()
    assert found.query.multi_items() == query
    assert found.headers.multi_items() == sent.headers.multi_items()
    assert found.cookies == sent.cookies


def test_behind_a_gateway_the_caller_is_whom_the_gateway_names_and_the_key_is_nobodys() -> None:
    headers = {
        "x-forwarded-for": "10.9.8.7",
        CLIENT: "203.0.113.7",
        HOST: "api.example.com",
        KEY: "secret",
        "host": "app",
    }
    sent = encode_request(Request("GET", "/x", "", headers, b"", "198.51.100.1"))
    behind, plain = decode(sent, caller), decode(sent)
    assert (behind.client_ip, behind.headers["host"]) == ("203.0.113.7", "api.example.com")
    assert set(behind.headers) == {"x-forwarded-for", "host"}
    assert plain.client_ip == "198.51.100.1", "without a gateway anybody can send these headers"
    direct = decode(encode_request(Request("GET", "/x", "", {KEY: "secret"}, b"", "198.51.100.1")), caller)
    assert direct.client_ip == "198.51.100.1"
    assert KEY not in direct.headers


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::1"])
def test_the_address_of_the_caller_is_the_last_of_the_forwarded_ones(address: str) -> None:
    request = Request("GET", "/x", "", {"x-forwarded-for": "10.9.8.7"}, b"", address)
    assert decode(encode_request(request)).client_ip == address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7:4242", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("", None),
        (None, None),
        (" , ", None),
    ],
)
def test_a_forwarded_address_loses_its_port(forwarded: str | None, address: str | None) -> None:
    assert client_address(forwarded) == address


@pytest.mark.parametrize(
    ("url", "path", "query"),
    [
        ("https://m.sn", "/", None),
        ("https://m.sn?a=1", "/", "a=1"),
        ("https://m.sn/a%2Fb//c/?x=&x=2&u=http://y/z?k", "/a%2Fb//c/", "x=&x=2&u=http://y/z?k"),
        ("/a/b?c", "/a/b", "c"),
        ("/to?next=https://other/x", "/to", "next=https://other/x"),
        ("/a://b/c", "/a://b/c", None),
        ("https://h/p#fragment", "/p", None),
        ("https://h/?", "/", ""),
    ],
)
def test_path_and_query_are_what_stands_in_the_url(url: str, path: str, query: str | None) -> None:
    assert split_url(url) == (path, query)


def test_parameters_are_taken_where_the_url_has_no_query() -> None:
    event = HttpRequest("GET", "/api/x", params={"name": "Test"}, body=b"")
    assert decode(event).query.multi_items() == [("name", "Test")]


@pytest.mark.parametrize("event", [None, "{}", b"x", 3, {"url": "/x"}, object(), HttpResponse("x"), Invocation()])
def test_what_is_no_request_is_refused(event: Any) -> None:
    calls: list[Any] = []
    with pytest.raises(EventError, match="expected an HTTP request, but"):
        handler(table(calls.append), "fun", 30)(event, Invocation())
    assert calls == []


def reply_datum(response: Response) -> Any:
    return HttpResponseConverter.encode(encode(response), expected_type=None).value


def test_a_binary_body_and_the_status_go_through() -> None:
    content = bytes(range(256))
    value = reply_datum(Response(content, 201, [("x-a", "1"), ("X-A", "2")], "image/png"))
    assert value["body"].value == content
    assert value["status_code"].value == "201"
    assert value["headers"]["content-type"].value == "image/png"
    assert value["headers"]["x-a"].value == "1, 2"


def test_a_reply_without_a_media_type_has_none() -> None:
    assert reply_datum(Response(b"", 204))["headers"]["content-type"].value == ""
    assert decode_response(encode(Response(b"", 204))).headers == []


def test_every_cookie_is_kept_apart() -> None:
    response = Response(b"").set_cookie("a", "1", max_age=60).set_cookie("b", "x%20y", secure=True, samesite="none")
    cookies = reply_datum(response)["cookies"]
    assert [(name, morsel.value) for cookie in cookies for name, morsel in cookie.items()] == [("a", "1"), ("b", "x y")]
    assert cookies[0]["a"]["max-age"] == "60"
    assert cookies[1]["b"]["samesite"].lower() == "none"


@given(
    st.integers(200, 599).filter(lambda status: status not in (204, 205, 304)),
    st.binary(max_size=30),
    st.dictionaries(
        TOKEN.filter(lambda n: n not in ("set-cookie", "content-type", "content-length", "location", "te")),
        VALUE,
        max_size=3,
    ),
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,8}x", fullmatch=True), st.text("abcXYZ019-_.~", max_size=8)), max_size=3
    ),
)
def test_a_response_that_is_encoded_and_decoded_is_the_same(
    status: int, body: bytes, headers: dict[str, str], cookies: list[tuple[str, str]]
) -> None:
    response = Response(body, status, headers, "application/octet-stream")
    for name, value in cookies:
        response.set_cookie(name, value, httponly=True)
    found = decode_response(encode(response))
    assert (found.status, found.body, dict(found.headers)) == (status, body, dict(response.headers))
    assert found.cookies == response.cookies


def test_a_cookie_that_the_worker_would_lose_is_an_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    response = Response(b"secret")
    response.cookies.append("path=1")
    reply = encode(response)
    assert reply.status_code == 500
    assert b"secret" not in reply.get_body()
    assert "cannot be sent" in caplog.text


def get(path: str = "/x") -> HttpRequest:
    return encode_request(Request("GET", path))


def test_the_context_tells_the_call_its_function_deadline_and_trace() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    seen: list[Any] = []
    run = handler(table(lambda request, context: seen.append(context)), "fun", 30)
    native = Invocation(trace=trace)
    run(get(), native)
    run(encode_request(Request("GET", "/x", "", {"traceparent": trace})), Invocation(trace="|older.id."))
    assert [context.trace for context in seen] == [trace, trace]
    assert seen[0].request_id == native.invocation_id
    assert seen[0].function == "fun"
    assert 29 < seen[0].remaining() <= 30
    assert seen[0].attempt is None


def test_an_async_handler_is_awaited() -> None:
    async def call(request: Any, context: Any) -> str:
        await asyncio.sleep(0)
        return "later"

    reply = asyncio.run(async_handler(table(call), "fun", 30)(get(), Invocation()))  # type: ignore[arg-type]
    assert reply.get_body() == b"later"


@pytest.mark.parametrize("asynchronous", [False, True])
def test_either_kind_of_entry_reaches_either_kind_of_handler(*, asynchronous: bool) -> None:
    async def later(request: Any, context: Any) -> str:
        await asyncio.sleep(0)
        return "later"

    calls = {"/plain": plain(lambda request, context: "now"), "/later": awaited(later, shared())}
    routes = RouteTable([(path, {"GET": Route("fun", call, MAX_BODY)}) for path, call in calls.items()])
    found = {}
    for path in calls:
        if asynchronous:
            reply = asyncio.run(async_handler(routes, "fun", 30)(get(path), Invocation()))  # type: ignore[arg-type]
        else:
            reply = handler(routes, "fun", 30)(get(path), Invocation())
        found[path] = reply.get_body()
    assert found == {"/plain": b"now", "/later": b"later"}
