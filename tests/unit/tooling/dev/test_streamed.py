"""`portable dev` sends chunks as they come, notices that a client has gone, and notes the call at its end."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts.local_dev import Dev, dev
from unit.testing import chunks_app

from portable.eventing.asgi_writing import write
from portable.eventing.request import Request
from portable.tooling.dev.live import Live


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Dev]:
    with dev(tmp_path, [chunks_app]) as found:
        yield found
    chunks_app.closed.clear()


class Client:
    """An ASGI client that goes away after some chunks."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if sum("body" in told for told in self.sent) == self.most:
            self.left.set()
        await asyncio.sleep(0)

    @property
    def chunks(self) -> list[bytes]:
        return [message["body"] for message in self.sent[1:]]


def asked(app: Dev, path: str, most: int) -> Client:
    """Return what a client gets that goes away after `most` chunks."""

    async def ask() -> Client:
        client, live = Client(most), Live("http", "", Request("GET", path), None)
        if app.running.is_awaited(live.event):
            response = await app.running.answer_async(live)
        else:
            response = await asyncio.to_thread(app.running.answer_here, live)
        await asyncio.wait_for(write(response, client.receive, client.send), 5)
        return client

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/numbers", "/ticks"])
def test_a_client_that_goes_away_ends_the_stream(app: Dev, path: str) -> None:
    client = asked(app, path, 3)
    assert client.sent[0]["status"] == 200
    assert client.chunks[:3] == ([b"0\n", b"1\n", b"2\n"] if path == "/numbers" else [b"tick\n"] * 3)
    assert all(message["more_body"] for message in client.sent[1:])
    assert chunks_app.closed == [path[1:]]
    [told] = app.ended(path[1:], "done")
    assert base64.b64decode(told.response["body"] if told.response else "").startswith(b"".join(client.chunks[:3]))


def test_a_client_that_goes_away_while_nothing_comes_ends_the_stream(app: Dev) -> None:
    client = asked(app, "/silent", 1)
    assert client.chunks == [b"hush"]
    assert chunks_app.closed == ["silent"]


def test_a_stream_that_breaks_is_left_unfinished_and_noted_as_failed(app: Dev) -> None:
    client = asked(app, "/broken", 9)
    assert client.sent[1:] == [{"type": "http.response.body", "body": b"a", "more_body": True}]
    [told] = app.ended("broken", "failed")
    assert told.error == "ValueError: in the middle"
    assert "chunks_app.py" in told.traceback
    assert told.response is not None
    assert base64.b64decode(told.response["body"]) == b"a"
