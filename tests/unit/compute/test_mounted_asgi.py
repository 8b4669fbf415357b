"""Mounted ASGI apps: what they get of a request, what becomes of their answer, and that calls may overlap."""

from __future__ import annotations

import asyncio
from time import time
from typing import Any

import pytest

from portable.compute.context import Context
from portable.compute.failing import Answered
from portable.compute.mounted_asgi import handler, scope_of
from portable.errors import InvalidValue
from portable.eventing.request import Request
from portable.eventing.response import Response

CONTEXT = Context("1", "web", time() + 30)


def call(app: Any, request: Request, prefix: str = "") -> Response:
    return asyncio.run(handler(app, prefix, "web", ())(request, CONTEXT))


def app_of(answer: Any) -> Any:
    """Return an app without a lifespan."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("only HTTP")
        await answer(scope, receive, send)

    return app


def replying(status: int = 200, headers: Any = (), *parts: bytes) -> Any:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})

    return app_of(answer)


def test_a_scope_has_what_a_client_sent() -> None:
    headers = [("Host", "shop.example:8443"), ("X-Forwarded-Proto", "https"), ("X-A", "é"), ("x-a", "2")]
    request = Request("GET", "/api/a%2Fb/%C3%A9", "x=%20&y", headers, b"", "192.0.2.1")
    scope = scope_of(request, "/api")
    assert (scope["path"], scope["raw_path"], scope["root_path"]) == ("/api/a/b/é", b"/api/a%2Fb/%C3%A9", "/api")
    assert (scope["scheme"], scope["server"], scope["client"]) == ("https", ("shop.example", 8443), ("192.0.2.1", 0))
    assert scope["query_string"] == b"x=%20&y"
    assert scope["headers"][2:] == [(b"x-a", "é".encode("latin-1")), (b"x-a", b"2")]


def test_a_scope_knows_the_stage_that_the_host_took_from_the_path() -> None:
    request = Request("GET", "/api/x", "", {})
    request.root_path = "/v1"
    scope = scope_of(request, "/api")
    assert (scope["path"], scope["raw_path"], scope["root_path"]) == ("/v1/api/x", b"/v1/api/x", "/v1/api")


def test_a_body_that_came_in_chunks_has_a_length() -> None:
    scope = scope_of(Request("POST", "/", "", {"transfer-encoding": "chunked"}, b"abc"), "")
    assert scope["headers"] == [(b"content-length", b"3")]


@pytest.mark.parametrize(("host", "server"), [("[::1]:80", ("[::1]", 80)), ("a", ("a", 80)), ("a:b", ("a:b", 80))])
def test_a_host_may_have_a_port(host: str, server: tuple[str, int]) -> None:
    assert scope_of(Request("GET", "/", "", {"host": host}), "")["server"] == server


def test_headers_of_the_connection_are_left_to_the_host() -> None:
    given = [(b"Connection", b"close"), (b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"9"), (b"X-A", b"1")]
    response = call(replying(200, given, b"a", b"", b"b"), Request("GET", "/"))
    assert (response.headers, response.body) == ([("x-a", "1")], b"ab")


def test_a_response_without_a_media_type_gets_none() -> None:
    assert call(replying(200, (), b"a"), Request("GET", "/")).headers == []


def test_the_reply_to_head_keeps_its_length_and_has_no_body() -> None:
    response = call(replying(200, [(b"content-length", b"7")], b"content"), Request("HEAD", "/"))
    assert (response.body, response.header("content-length")) == (b"", "7")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_allows_no_body_has_none(status: int) -> None:
    assert call(replying(status, (), b"a"), Request("GET", "/")).body == b""


def test_a_header_that_http_forbids_is_refused() -> None:
    with pytest.raises(InvalidValue, match="control character"):
        call(replying(200, [(b"x-a", b"1\r\nset-cookie: b=1")]), Request("GET", "/"))
    with pytest.raises(InvalidValue, match="999"):
        call(replying(999), Request("GET", "/"))


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    return


async def _half(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"a", "more_body": True})


async def _body_first(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.body", "body": b"a"})


async def _twice(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.start", "status": 200})


@pytest.mark.parametrize("answer", [_nothing, _half, _body_first, _twice])
def test_an_app_that_does_not_answer_as_it_must_is_an_error(answer: Any) -> None:
    with pytest.raises(RuntimeError, match=r"whole response|not expected"):
        call(app_of(answer), Request("GET", "/"))


def test_an_error_after_the_answer_keeps_the_answer_and_its_own_traceback() -> None:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await replying(503, (), b"sorry")({"type": "http"}, None, send)
        raise ValueError("behind the page")

    with pytest.raises(Answered, match="ValueError: behind the page") as raised:
        call(app_of(answer), Request("GET", "/"))
    assert (raised.value.response.status, raised.value.response.body) == (503, b"sorry")
    assert isinstance(raised.value.__cause__, ValueError)


def test_receive_waits_for_the_end_of_the_response_and_tells_of_it_to_all_who_wait() -> None:
    seen: list[str] = []

    async def answer(_scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == b"abc"
        waiting = [asyncio.ensure_future(receive()) for _ in range(2)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting[0]), 0.01)
        await replying()({"type": "http"}, None, send)
        seen.extend([(await each)["type"] for each in waiting])
        seen.append((await receive())["type"])

    call(app_of(answer), Request("POST", "/", "", {}, b"abc"))
    assert seen == ["http.disconnect"] * 3


def test_a_task_that_waits_for_the_end_is_woken_when_the_app_fails() -> None:
    waiting: list[asyncio.Task[Any]] = []

    async def answer(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        waiting.append(asyncio.ensure_future(receive()))
        await asyncio.sleep(0)
        raise KeyError("x")

    async def run() -> None:
        with pytest.raises(KeyError):
            await handler(app_of(answer), "", "web", ())(Request("GET", "/"), CONTEXT)
        assert (await waiting[0])["type"] == "http.disconnect"

    asyncio.run(run())


def test_calls_overlap_and_do_not_mix() -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        for _ in range(int(scope["path"][1:])):
            await asyncio.sleep(0)
        await replying(200, [(b"x-a", body)], body)({"type": "http"}, None, send)

    async def run() -> list[Response]:
        handle = handler(app_of(answer), "", "web", ())
        requests = [Request("POST", f"/{9 - number}", "", {}, b"%d" % number) for number in range(9)]
        return await asyncio.gather(*(handle(request, CONTEXT) for request in requests))

    assert [(each.body, each.header("x-a")) for each in asyncio.run(run())] == [(b"%d" % n, str(n)) for n in range(9)]
