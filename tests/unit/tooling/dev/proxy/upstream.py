"""A development server for tests: each path does one thing that a proxy could get wrong."""

from __future__ import annotations

import asyncio
import json
from threading import Event
from typing import Any

PATIENCE = 10.0


class Upstream:
    """The application. Tests look at what it has seen, and let it go on."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.parts: list[bytes] = []
        self.came = Event()
        self.go = Event()
        self.left = Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        await getattr(self, scope["path"].strip("/").partition("/")[0])(scope, receive, send)

    async def echo(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        told = {
            "method": scope["method"],
            "target": scope["raw_path"].decode() + "?" + scope["query_string"].decode(),
            "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
            "body": body.decode("latin-1"),
        }
        await answer(send, 200, json.dumps(told).encode())

    async def hop(self, _scope: Any, _receive: Any, send: Any) -> None:
        headers = [
            (b"connection", b"x-one"),
            (b"x-one", b"1"),
            (b"keep-alive", b"timeout=5"),
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"server", b"upstream"),
            (b"x-two", "é".encode("latin-1")),
        ]
        await answer(send, 203, b"hop", headers)

    async def slow(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await waited(self.go)
        await send({"type": "http.response.body", "body": b"second"})

    async def upload(self, _scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left.set()
                return
            self.parts.append(message["body"])
            self.came.set()
            more = message["more_body"]
        await answer(send, 200, b"".join(self.parts))

    async def hurry(self, _scope: Any, _receive: Any, send: Any) -> None:
        await answer(send, 413, b"too much")

    async def endless(self, _scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        self.left.set()

    async def _socket(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["path"] == "/closed":
            await send({"type": "websocket.http.response.start", "status": 401, "headers": [(b"x-why", b"no token")]})
            await send({"type": "websocket.http.response.body", "body": b"who are you?"})
            return
        names = {name.decode(): value.decode() for name, value in scope["headers"]}
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": (scope["subprotocols"] or [None])[0],
                "headers": [(b"set-cookie", b"s=1")],
            }
        )
        await send({"type": "websocket.send", "text": json.dumps({"query": scope["query_string"].decode(), **names})})
        while (message := await receive())["type"] == "websocket.receive":
            if message.get("text") == "close":
                await send({"type": "websocket.close", "code": 4321, "reason": "as asked"})
                return
            await send({"type": "websocket.send", **{key: message.get(key) for key in ("text", "bytes")}})
        self.parts.append(f"{message['code']} {message.get('reason')}".encode())
        self.left.set()


async def answer(send: Any, status: int, body: bytes, headers: Any = ()) -> None:
    """Send a whole response."""
    found = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": found})
    await send({"type": "http.response.body", "body": body})


async def waited(event: Event) -> None:
    """Wait for a test, and let others run meanwhile."""
    assert await asyncio.get_running_loop().run_in_executor(None, event.wait, PATIENCE)
