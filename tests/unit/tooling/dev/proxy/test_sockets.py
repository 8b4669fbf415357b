"""WebSockets go to a development server and back, with their messages, their names and their ends."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from hosts.served import free_port
from unit.tooling.dev.proxy.conftest import Proxied, behind_proxy
from unit.tooling.dev.proxy.upstream import PATIENCE
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol


def opened(port: int, path: str = "/hmr?token=a%20b", host: str = "localhost", **headers: str) -> ClientConnection:
    return connect(
        f"ws://{host}:{port}{path}",
        sock=socket.create_connection(("127.0.0.1", port), PATIENCE),
        subprotocols=[Subprotocol("vite-hmr"), Subprotocol("other")],
        additional_headers=headers,
        max_size=None,
    )


def test_messages_go_both_ways_as_they_are(proxied: Proxied) -> None:
    with opened(proxied.port, Cookie="a=1") as client:
        assert client.subprotocol == "vite-hmr"
        assert client.response is not None
        assert client.response.headers["set-cookie"] == "s=1"
        told = json.loads(client.recv(PATIENCE))
        assert told["query"] == "token=a%20b"
        assert told["host"] == told["x-forwarded-host"] == f"localhost:{proxied.port}"
        assert (told["x-forwarded-proto"], told["cookie"], told["sec-websocket-version"]) == ("http", "a=1", "13")
        large = "ä" * 3_000_000
        for message in ("text", b"\x00bytes", "", b"", large):
            client.send(message)
            assert client.recv(PATIENCE) == message


def test_a_close_of_the_server_comes_to_the_client(proxied: Proxied) -> None:
    with opened(proxied.port) as client:
        client.recv(PATIENCE)
        client.send("close")
        with pytest.raises(ConnectionClosed):
            client.recv(PATIENCE)
        assert (client.close_code, client.close_reason) == (4321, "as asked")


@pytest.mark.parametrize("code", [1000, 3005])
def test_a_close_of_the_client_comes_to_the_server(proxied: Proxied, code: int) -> None:
    with opened(proxied.port) as client:
        client.recv(PATIENCE)
        client.close(code, "done")
    assert proxied.upstream.left.wait(PATIENCE)
    assert proxied.upstream.parts == [f"{code} done".encode()]


def test_a_client_that_is_lost_is_seen_by_the_server(proxied: Proxied) -> None:
    with opened(proxied.port) as client:
        client.recv(PATIENCE)
        client.socket.shutdown(socket.SHUT_RDWR)
    assert proxied.upstream.left.wait(PATIENCE)
    assert proxied.upstream.parts[0].startswith(b"100")


def test_a_refusal_of_the_server_comes_to_the_client(proxied: Proxied) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(proxied.port, "/closed").__enter__()
    response = refused.value.response
    assert (response.status_code, response.headers["x-why"], response.body) == (401, "no token", b"who are you?")


@pytest.mark.parametrize(
    ("host", "headers"),
    [("evil.example", {}), ("localhost", {"Origin": "https://evil.example"}), ("localhost", {"Origin": "null"})],
)
def test_pages_of_other_sites_are_kept_out(proxied: Proxied, host: str, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(proxied.port, host=host, **headers).__enter__()
    assert refused.value.response.status_code == 403


def test_a_page_of_our_own_is_let_in(proxied: Proxied) -> None:
    with opened(proxied.port, Origin=f"http://localhost:{proxied.port}") as client:
        assert json.loads(client.recv(PATIENCE))["origin"] == f"http://localhost:{proxied.port}"


def test_a_server_that_does_not_run_is_told() -> None:
    with behind_proxy(free_port(), [], asyncio.Event()) as port, pytest.raises(InvalidStatus) as refused:
        opened(port).__enter__()
    assert refused.value.response.status_code == 502
    assert b"No development server answers" in (refused.value.response.body or b"")
