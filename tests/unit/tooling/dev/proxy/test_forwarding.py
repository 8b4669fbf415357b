"""Requests come to a development server as they were sent, and its answers come back as they are made."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from hosts.served import free_port
from unit.tooling.dev.proxy.conftest import Proxied, behind_proxy
from unit.tooling.dev.proxy.upstream import PATIENCE


@contextmanager
def asked(port: int, method: str, path: str, body: object = None, **headers: str) -> Iterator[http.client.HTTPResponse]:
    """Send a request, and give its response while it comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})  # type: ignore[arg-type]
        yield connection.getresponse()
    finally:
        connection.close()


def echoed(proxied: Proxied, method: str, path: str, body: object = None, **headers: str) -> dict[str, object]:
    with asked(proxied.port, method, path, body, **headers) as response:
        found: dict[str, object] = json.loads(response.read())
    return found


def test_the_target_is_sent_as_it_was_written(proxied: Proxied) -> None:
    target = "/echo/@fs/a%2Fb/%7Bx%7D//../[id]?import&t=1%202&u="
    assert echoed(proxied, "GET", target)["target"] == target


def test_headers_of_one_connection_stay_and_those_of_the_way_are_added(proxied: Proxied) -> None:
    sent = {"cookie": "a=1; b=2", "te": "trailers", "connection": "x-mine, close", "x_mine": "1", "keep_alive": "5"}
    found = echoed(proxied, "GET", "/echo", x_forwarded_for="10.0.0.1", x_forwarded_proto="https", via="1.0 a", **sent)
    headers = dict(found["headers"])  # type: ignore[call-overload]
    assert len(headers) == len(found["headers"])  # type: ignore[arg-type]
    assert not headers.keys() & {"te", "x-mine", "keep-alive", "transfer-encoding", "content-length"}
    assert headers["host"] == headers["x-forwarded-host"] == f"127.0.0.1:{proxied.port}"
    assert headers["cookie"] == "a=1; b=2"
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("10.0.0.1, 127.0.0.1", "http")
    assert headers["via"] == "1.0 a, 1.1 portable-dev"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_every_method_brings_its_body(proxied: Proxied, method: str) -> None:
    found = echoed(proxied, method, "/echo", b"\x00body\xff")
    assert (found["method"], found["body"]) == (method, "\x00body\xff")
    assert echoed(proxied, method, "/echo", iter([b"in ", b"parts"]))["body"] == "in parts"


def test_what_the_server_answers_comes_as_it_is(proxied: Proxied) -> None:
    with asked(proxied.port, "GET", "/hop") as response:
        assert (response.status, response.read()) == (203, b"hop")
        headers = response.getheaders()
    names = [name for name, _ in headers]
    assert [value for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert not set(names) & {"x-one", "keep-alive", "connection"}
    assert names.count("date") == 1
    assert dict(headers)["server"] == "upstream"
    assert dict(headers)["x-two"] == "é"
    with asked(proxied.port, "HEAD", "/hop") as response:
        assert (response.status, response.getheader("content-length"), response.read()) == (203, "3", b"")


def test_a_response_is_passed_on_while_it_is_made(proxied: Proxied) -> None:
    with asked(proxied.port, "GET", "/slow") as response:
        assert response.read1() == b"first"
        proxied.upstream.go.set()
        assert response.read() == b"second"


def test_a_body_is_passed_on_while_it_is_sent(proxied: Proxied) -> None:
    with socket.create_connection(("127.0.0.1", proxied.port), PATIENCE) as client:
        client.sendall(b"POST /upload HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6\r\n\r\none")
        assert proxied.upstream.came.wait(PATIENCE)
        assert proxied.upstream.parts == [b"one"]
        client.sendall(b"two")
        got = b""
        while not got.endswith(b"onetwo"):
            part = client.recv(65536)
            assert part, got
            got += part


def test_a_client_that_leaves_while_it_sends_is_seen(proxied: Proxied) -> None:
    with socket.create_connection(("127.0.0.1", proxied.port), PATIENCE) as client:
        client.sendall(b"POST /upload HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6\r\n\r\none")
        assert proxied.upstream.came.wait(PATIENCE)
    assert proxied.upstream.left.wait(PATIENCE)


def test_a_client_that_leaves_ends_a_stream(proxied: Proxied) -> None:
    with asked(proxied.port, "GET", "/endless") as response:
        assert response.read1() == b"data: 1\n\n"
        assert not proxied.upstream.left.is_set()
    assert proxied.upstream.left.wait(PATIENCE)


def test_an_answer_that_comes_before_the_body_is_passed_on(proxied: Proxied) -> None:
    with socket.create_connection(("127.0.0.1", proxied.port), PATIENCE) as client:
        client.sendall(b"POST /hurry HTTP/1.1\r\nhost: localhost\r\ncontent-length: 30000000\r\n\r\n" + b"x" * 1000)
        got = b""
        Thread(target=_flood, args=(client,), daemon=True).start()
        while b"too much" not in got:
            part = client.recv(65536)
            assert part, got
            got += part
    assert got.startswith(b"HTTP/1.1 413 ")


def _flood(client: socket.socket) -> None:
    try:
        client.sendall(b"x" * 30_000_000)
    except OSError:
        return


def test_a_large_body_goes_both_ways_whole(proxied: Proxied) -> None:
    body = bytes(range(256)) * 20_000
    with asked(proxied.port, "POST", "/upload", body) as response:
        assert response.read() == body


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", 502),
        (b"this is no HTTP\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort", 200),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n", 200),
    ],
)
def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(answer: bytes, status: int) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=_answers, args=(server, answer), daemon=True).start()
        with behind_proxy(server.getsockname()[1], said, asyncio.Event()) as port, asked(port, "GET", "/x") as response:
            assert response.status == status
            if status == 200:
                with pytest.raises(http.client.IncompleteRead):
                    response.read()
            else:
                assert "gave no answer that can be read" in response.read().decode()
    assert (status == 502) or "broke off its answer to GET /x" in said[0]


def _answers(server: socket.socket, answer: bytes) -> None:
    client, _ = server.accept()
    with client:
        client.recv(65536)
        client.sendall(answer)


def test_a_server_that_does_not_run_is_told_with_what_is_expected_there() -> None:
    free = free_port()
    with behind_proxy(free, [], asyncio.Event(), "localhost") as port:
        with asked(port, "POST", "/main.js", b"x") as response:
            text = response.read().decode()
            assert (response.status, response.getheader("content-type")) == (502, "text/plain; charset=utf-8")
        assert f"No development server answers at http://localhost:{free}.\n" in text
        assert "pyproject.toml:3" in text
        assert "POST /main.js" in text
        with asked(port, "GET", "/<b>", accept="text/html,*/*") as response:
            page = response.read().decode()
            assert response.getheader("content-type") == "text/html; charset=utf-8"
        assert 'http-equiv="refresh"' in page
        assert "<b>" not in page


def test_a_server_at_the_other_loopback_address_is_named() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with socket.create_server(("127.0.0.1", 0)) as server:
        wanted = server.getsockname()[1]
        with behind_proxy(wanted, [], asyncio.Event(), "::1") as port, asked(port, "GET", "/") as response:
            text = response.read().decode()
    assert f'A server answers at 127.0.0.1:{wanted}: write proxy = "http://localhost:{wanted}".' in text


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"host": "evil.example"}, "not served under the name 'evil.example'"),
        ({"origin": "https://evil.example"}, "may not use the front end"),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"}, "a page of another site"),
    ],
)
def test_other_sites_are_kept_out(proxied: Proxied, headers: dict[str, str], said: str) -> None:
    with asked(proxied.port, "GET", "/echo", **headers) as response:
        assert response.status == 403
        assert said in response.read().decode()


def test_an_address_in_place_of_a_path_is_refused(proxied: Proxied) -> None:
    with asked(proxied.port, "GET", "http://evil.example/echo", host="localhost") as response:
        assert response.status == 400


def test_a_circle_is_told() -> None:
    here = free_port()
    with behind_proxy(here, [], asyncio.Event(), port=here), asked(here, "GET", "/") as response:
        assert response.status == 508
        assert "sends this request back" in response.read().decode()
