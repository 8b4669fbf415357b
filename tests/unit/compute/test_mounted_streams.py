"""Mounted apps on a host that streams: their parts are sent as they are made, and a body that came whole is sent whole."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextvars import ContextVar
from time import time
from typing import Any

import pytest
from flask import Flask, stream_with_context
from flask import request as flask_request
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

from portable.base.logs import current
from portable.compute.mounted_asgi import handler as asgi
from portable.compute.mounted_wsgi import handler as wsgi
from portable.compute.streaming_context import StreamingContext
from portable.eventing.request import Request
from portable.eventing.response import Response

GET = Request("GET", "/")
App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
START = {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]}


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def answered(app: App) -> Response:
    async def http_only(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("only HTTP")
        await app(scope, receive, send)

    context = StreamingContext("1", "web", time() + 30)
    current.set(context)
    return await asgi(http_only, "", "web", ())(GET, context)


def test_a_part_is_sent_before_the_next_one_is_made() -> None:
    made: list[int] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(START)
        for number in range(3):
            made.append(number)
            await send(part(b"%d" % number))
        await send(part(b"", more=False))
        made.append(9)

    async def run() -> None:
        response = await answered(app)
        assert response.chunks is not None
        assert response.headers == [("x-a", "1")]
        seen = [([*made], chunk) async for chunk in response.chunks]
        assert seen == [([0], b"0"), ([0, 1], b"1"), ([0, 1, 2], b"2")]
        assert made == [0, 1, 2, 9]

    asyncio.run(run())


@pytest.mark.parametrize(("length", "size"), [(b"2", 2), (b"x", None)])
def test_a_length_that_the_app_says_is_that_of_the_stream(length: bytes, size: int | None) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({**START, "headers": [(b"Content-Length", length)]})
        await send(part(b"a"))
        await send(part(b"b", more=False))

    async def run() -> None:
        chunks = (await answered(app)).chunks
        assert chunks is not None
        assert (chunks.size, [each async for each in chunks]) == (size, [b"a", b"b"])

    asyncio.run(run())


@pytest.mark.parametrize("status", [200, 204])
def test_what_came_whole_or_may_have_no_body_is_no_stream(status: int) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({**START, "status": status})
        for more in (True, False) if status == 204 else (False,):
            await send(part(b"a", more))

    response = asyncio.run(answered(app))
    assert (response.chunks, response.body) == (None, b"" if status == 204 else b"a")


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(3)])
def test_an_app_that_fails_between_its_parts_breaks_the_stream(error: BaseException) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        raise error

    async def run() -> None:
        chunks: Any = (await answered(app)).chunks
        assert await anext(chunks) == b"a"
        with pytest.raises(Exception, match=r"broken|SystemExit"):
            await anext(chunks)

    asyncio.run(run())


def test_an_error_after_the_last_part_is_logged_and_the_client_has_all(caplog: pytest.LogCaptureFixture) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        await send(part(b"b", more=False))
        raise ValueError("behind the answer")

    async def run() -> None:
        chunks: Any = (await answered(app)).chunks
        assert [each async for each in chunks] == [b"a", b"b"]

    with caplog.at_level(logging.ERROR, "portable"):
        asyncio.run(run())
    assert "behind the answer" in caplog.text


def test_a_client_that_leaves_is_a_disconnect_and_ends_the_app() -> None:
    seen: list[str] = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        waiting = asyncio.ensure_future(receive())
        await send(START)
        try:
            while True:
                await send(part(b"a"))
        except OSError as error:
            seen.append(str(error))
        seen.append((await waiting)["type"])

    async def run() -> None:
        chunks: Any = (await answered(app)).chunks
        assert await anext(chunks) == b"a"
        await chunks.aclose()

    asyncio.run(run())
    assert seen == ["the client has gone", "http.disconnect"]


def test_the_streams_of_a_framework_end_after_its_background_tasks() -> None:
    done: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        answer = StreamingResponse(iter(["a", "b"]), background=BackgroundTask(done.append, "mail"))
        await answer(scope, receive, send)

    async def run() -> None:
        chunks: Any = (await answered(app)).chunks
        assert [each async for each in chunks] == [b"a", b"b"]

    asyncio.run(run())
    assert done == ["mail"]


def of_wsgi(app: Any, request: Request = GET) -> Response:
    context = StreamingContext("1", "web", time() + 30)
    token = current.set(context)
    try:
        return wsgi(app, "", "web", ())(request, context)
    finally:
        current.reset(token)


def test_a_flask_stream_keeps_its_context_until_its_end() -> None:
    app = Flask(__name__)
    ended: list[str] = []

    @app.get("/")
    def show() -> Any:
        def rows() -> Iterator[str]:
            for number in range(2):
                yield f"{flask_request.args['x']}{number}"

        return app.response_class(stream_with_context(rows()), mimetype="text/csv")

    @app.get("/whole")
    def whole() -> str:
        return "all"

    app.teardown_request(lambda _error: ended.append("torn down"))
    response = of_wsgi(app, Request("GET", "/", "x=n"))
    assert response.chunks is not None
    assert [*response.chunks] == [b"n0", b"n1"]
    assert ended
    assert (of_wsgi(app, Request("GET", "/whole")).chunks, of_wsgi(app, Request("HEAD", "/")).body) == (None, b"")


def test_the_code_of_a_wsgi_app_runs_in_one_context_and_its_iterable_is_closed() -> None:
    held: ContextVar[str] = ContextVar("held")
    seen: list[str] = []

    def app(_environ: Any, start: Any) -> Iterator[bytes]:
        token = held.set("mine")
        write = start("200 OK", [])
        write(b"written")
        try:
            yield b""
            yield b"a"
            yield b"b"
        finally:
            held.reset(token)
            seen.append("closed")

    chunks: Any = of_wsgi(app).chunks
    assert [next(chunks), next(chunks)] == [b"written", b"a"]
    chunks.close()
    assert seen == ["closed"]


def test_an_error_of_a_wsgi_app_after_its_first_part_cannot_change_the_status() -> None:
    def app(_environ: Any, start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"a"
        try:
            raise ValueError("too late")
        except ValueError as error:
            start("500 Broken", [], (ValueError, error, error.__traceback__))
        yield b"page"

    response = of_wsgi(app)
    chunks: Any = response.chunks
    assert (response.status, next(chunks)) == (200, b"a")
    with pytest.raises(ValueError, match="too late"):
        next(chunks)


def test_an_error_before_the_first_part_is_an_error_of_the_call() -> None:
    def app(_environ: Any, _start: Any) -> Iterator[bytes]:
        yield b"a"

    with pytest.raises(RuntimeError, match="gave no status"):
        of_wsgi(app)
