"""HTTP in a container, without a server: where calls run, how much is read, what a call may take, and who is believed."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from unit.container.serving_app import MOST, Answer, Client, Functions

from portable.errors import ConfigurationError


@pytest.fixture
def functions() -> Iterator[Functions]:
    made = Functions()
    yield made
    made.release.set()


def ask(app: Any, path: str = "/plain", method: str = "GET", parts: tuple[bytes, ...] = (), **headers: str) -> Answer:
    return asyncio.run(Client(*parts).ask(app, path, method, **headers))


def test_a_plain_function_runs_in_a_thread_and_an_awaited_one_on_the_loop(functions: Functions) -> None:
    app = functions.application()
    assert ask(app).status == ask(app, "/awaited").status == 200
    thread, loop = functions.threads
    assert loop == threading.get_ident() != thread
    assert [context.function for context in functions.contexts] == ["plain", "awaited"]


@pytest.mark.parametrize(
    ("parts", "headers", "status", "asked"),
    [
        ((b"x" * MOST,), {"content_length": "10"}, 200, 1),
        ((b"x" * MOST, b"x"), {"content_length": "11"}, 413, 0),
        ((b"",), {"content_length": "9" * 30}, 413, 0),
        ((b"x" * 6, b"x" * 4), {"transfer_encoding": "chunked"}, 200, 2),
        ((b"x" * 6, b"x" * 6, b"x"), {"transfer_encoding": "chunked"}, 413, 2),
    ],
)
def test_no_more_of_a_body_is_read_than_its_route_takes(
    functions: Functions, parts: tuple[bytes, ...], headers: dict[str, str], status: int, asked: int
) -> None:
    client = Client(*parts)
    answer = asyncio.run(client.ask(functions.application(), "/plain", "POST", **headers))
    assert (answer.status, client.asked) == (status, asked)
    assert len(functions.requests) == (status == 200)


@pytest.mark.parametrize("path", ["/nowhere", "/plain"])
def test_the_body_of_what_no_function_gets_is_not_read(functions: Functions, path: str) -> None:
    client = Client(b"x")
    answer = asyncio.run(client.ask(functions.application(), path, "DELETE", content_length="1"))
    assert (answer.status, client.asked) == (404 if path == "/nowhere" else 405, 0)


def test_a_call_that_takes_too_long_is_a_504_and_its_stream_is_closed_when_it_comes(functions: Functions) -> None:
    app = functions.application(hangs=0.02)
    answer = ask(app, "/hangs")
    assert answer.status == 504
    assert "0.02 s" in json.loads(answer.body)["detail"]
    functions.release.set()
    assert functions.closed.wait(5)


def test_an_awaited_call_that_takes_too_long_is_cancelled(functions: Functions) -> None:
    assert ask(functions.application(hangs_awaited=0.02), "/hangs_awaited").status == 504


def test_a_stream_ends_with_the_time_of_its_function(functions: Functions) -> None:
    answer = ask(functions.application(endless=0.05), "/endless")
    assert (answer.status, answer.whole) == (200, False)
    assert answer.body.startswith(b"ticktick")
    assert functions.closed.is_set()


def test_streams_heads_and_failures_are_what_they_are_elsewhere(functions: Functions) -> None:
    app = functions.application()
    assert ask(app, "/streams").body == b"firstsecond"
    head = ask(app, "/plain", "HEAD")
    assert (head.status, head.body, int(head.headers[b"content-length"])) == (200, b"", len(ask(app).body))
    assert ask(app, "/fails").status == 500
    broken = ask(app, "/breaks")
    assert (broken.body, broken.whole) == (b"first", False)


def test_calls_are_told_with_their_function_and_whether_they_failed(functions: Functions) -> None:
    told: list[tuple[str, bool]] = []
    app = functions.application(hangs_awaited=0.01, endless=0.01).counted(
        lambda function, seconds, failed: told.append((function, failed and seconds > 0))
    )
    for path in ("/plain", "/fails", "/breaks", "/nowhere", "/hangs_awaited", "/endless", "/streams"):
        ask(app, path)
    failed = {"fails", "breaks", "hangs_awaited", "endless"}
    assert told == [
        (name, name in failed) for name in ("plain", "fails", "breaks", "", "hangs_awaited", "endless", "streams")
    ]


def test_an_image_may_serve_some_functions_only(functions: Functions) -> None:
    app = functions.application().counted(lambda *_: None, frozenset(("awaited",)))
    assert (ask(app, "/awaited").status, ask(app, "/plain").status) == (200, 404)


@pytest.mark.parametrize(
    ("proxy", "forwarded", "client"),
    [
        ("", "10.0.0.1", "192.0.2.7"),
        ("1", "10.0.0.9, 198.51.100.1", "198.51.100.1"),
        ("2", "10.0.0.9, 198.51.100.1, 203.0.113.5", "198.51.100.1"),
        ("2", "198.51.100.1", "198.51.100.1"),
        ("1", "not an address", "192.0.2.7"),
        ("1", "fe80::1%a text", "192.0.2.7"),
        ("1", "[2001:db8::1]:443", "2001:db8::1"),
        ("1", "198.51.100.1:8443", "198.51.100.1"),
        ("192.0.2.0/24", "10.0.0.9, 198.51.100.1", "198.51.100.1"),
        ("192.0.2.0/24, 198.51.100.1", "10.0.0.9, 203.0.113.5, 198.51.100.1", "203.0.113.5"),
        ("10.0.0.0/8", "198.51.100.1", "192.0.2.7"),
    ],
)
def test_the_client_is_who_a_believed_proxy_says(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, proxy: str, forwarded: str, client: str
) -> None:
    monkeypatch.setenv("PORTABLE_PROXY", proxy)
    assert json.loads(ask(functions.application(), "/plain", x_forwarded_for=forwarded).body)["ip"] == client


def test_ids_and_schemes_of_strangers_are_not_believed(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = {"x_request_id": "abc-1", "x_forwarded_proto": "https"}
    ask(functions.application(), **sent)
    ask(functions.application(), scheme="https")
    monkeypatch.setenv("PORTABLE_PROXY", "1")
    ask(functions.application(), **sent)
    ask(functions.application(), **{**sent, "x_request_id": "a\tb"})
    schemes = [request.headers.get("x-forwarded-proto") for request in functions.requests]
    assert schemes == [None, "https", "https", "https"]
    ids = [context.request_id for context in functions.contexts]
    assert ids[2] == "abc-1"
    assert [len(found) for found in ids] == [32, 32, 5, 32]


@pytest.mark.parametrize(
    ("target", "status"), [("http://elsewhere.example/plain", 200), ("/plain#part", 200), ("*", 404), ("/pl%61in", 200)]
)
def test_a_path_is_what_the_client_sent(functions: Functions, target: str, status: int) -> None:
    assert ask(functions.application(), target).status == status


def test_a_websocket_is_refused_in_words(functions: Functions) -> None:
    answer = ask(functions.application(), upgrade="WebSocket", connection="Upgrade")
    assert (answer.status, json.loads(answer.body)["detail"]) == (404, "no function takes a WebSocket")
    client = Client(b"")
    asyncio.run(functions.application()({"type": "websocket"}, client.receive, client.send))
    assert [message.get("status") for message in client.sent] == [404, None]


def test_what_is_cancelled_with_the_server_is_a_503(functions: Functions) -> None:
    async def run() -> Answer:
        task = asyncio.create_task(Client().ask(functions.application(), "/hangs"))
        await asyncio.to_thread(functions.begun.wait, 5)
        task.cancel()
        return await task

    assert asyncio.run(run()).status == 503


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PORTABLE_PROXY", "everybody"), ("PORTABLE_PROXY", "10.0.0.1/8"), ("PORTABLE_THREADS", "0")],
)
def test_a_variable_that_cannot_be_read_says_what_it_takes(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=f"{variable}.*{value}"):
        functions.application()
