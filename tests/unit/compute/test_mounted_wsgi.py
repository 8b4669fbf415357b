"""Mounted WSGI apps: what they get of a request, and what becomes of their answer."""

from __future__ import annotations

from time import time
from typing import Any
from wsgiref.validate import validator

import pytest

from portable.compute.context import Context
from portable.compute.mounted_wsgi import environment, handler
from portable.eventing.request import Request
from portable.eventing.response import Response

CONTEXT = Context("1", "web", time() + 30)


def call(app: Any, request: Request, prefix: str = "") -> Response:
    return handler(app, prefix, "web", ())(request, CONTEXT)


def test_an_environment_holds_bytes_as_latin1() -> None:
    request = Request("GET", "/caf%C3%A9/a%2Fb/%FF", "x=é&y=%20", {"x-a": "é"})
    environ = environment(request, "/café".encode())
    assert environ["SCRIPT_NAME"].encode("latin-1").decode() == "/café"
    assert environ["PATH_INFO"].encode("latin-1") == b"/a/b/\xff"
    assert environ["QUERY_STRING"].encode("latin-1").decode() == "x=é&y=%20"
    assert environ["HTTP_X_A"] == "é"


def test_repeated_headers_are_one_value_and_cookies_are_joined_as_cookies() -> None:
    headers = [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1"), ("cookie", "b=2"), ("x_a", "forged")]
    environ = environment(Request("GET", "/", "", headers), b"")
    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1, 2", "a=1; b=2")


def test_a_body_that_came_in_chunks_has_a_length() -> None:
    environ = environment(Request("POST", "/", "", {"transfer-encoding": "chunked"}, b"abc"), b"")
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("3", b"abc")
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_a_stage_is_part_of_the_script_name() -> None:
    request = Request("GET", "/api/x", "a=1")
    request.root_path = "/v1"
    environ = environment(request, b"/api")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["REQUEST_URI"]) == ("/v1/api", "/x", "/v1/api/x?a=1")


def test_the_validator_of_the_standard_library_finds_no_fault() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]

    request = Request("POST", "/a/b", "x=1", {"content-type": "text/plain", "host": "a.example"}, b"abc", "192.0.2.1")
    assert call(validator(app), request, "/a").body == b"abc"


def test_an_app_may_start_late_write_and_close() -> None:
    closed: list[int] = []

    class Parts:
        def __init__(self, start: Any) -> None:
            self.start = start

        def __iter__(self) -> Any:
            write = self.start("201 Created", [("Set-Cookie", " a=1"), ("Set-Cookie", "b=2"), ("X-A", "1")])
            assert callable(write)
            yield b"a"
            yield b"b"

        def close(self) -> None:
            closed.append(1)

    response = call(lambda _environ, start: Parts(start), Request("GET", "/"))
    assert (response.status, response.body, response.headers) == (201, b"ab", [("x-a", "1")])
    assert (response.cookies, closed) == (["a=1", "b=2"], [1])

    def writing(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])(b"a")
        return [b"b"]

    assert call(writing, Request("GET", "/")).body == b"ab"


def test_an_app_that_fails_midway_is_closed_and_its_error_raised() -> None:
    closed: list[int] = []

    class Parts:
        def __iter__(self) -> Any:
            yield b"a"
            raise KeyError("x")

        def close(self) -> None:
            closed.append(1)

    def app(_environ: Any, start: Any) -> Any:
        start("200 OK", [])
        return Parts()

    with pytest.raises(KeyError):
        call(app, Request("GET", "/"))
    assert closed == [1]


def test_a_second_start_is_for_errors_only() -> None:
    def app(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        start("500 Broken", [], ("the", "error", "info"))
        return [b"broken"]

    assert call(app, Request("GET", "/")).status == 500

    def twice(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        start("200 OK", [])
        return []

    with pytest.raises(RuntimeError, match="twice"):
        call(twice, Request("GET", "/"))
    with pytest.raises(RuntimeError, match="start_response"):
        call(lambda _environ, _start: [b"a"], Request("GET", "/"))


def test_the_reply_to_head_keeps_its_length_and_has_no_body() -> None:
    def app(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Length", "3")])
        return [b"abc"]

    response = call(app, Request("HEAD", "/"))
    assert (response.body, response.header("content-length")) == (b"", "3")
