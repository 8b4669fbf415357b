"""The HTTP functions of a container, as a generated module makes them: a table and its application; and requests of ASGI."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from threading import Event, get_ident
from typing import Any, NamedTuple

from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable
from portable_container.runtime.serve import Application, application

MOST = 10
LARGE = 16 * 1024 * 1024
"""Bytes that no buffer of the system takes."""


class Answer(NamedTuple):
    """What an ASGI application sent. `whole` says whether the last message of the body came."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    whole: bool


class Functions:
    """Calls as a generated module has them, and what they noted."""

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.contexts: list[Any] = []
        self.requests: list[Any] = []
        self.begun = Event()
        self.closed = Event()
        self.release = Event()

    def plain(self, request: Any, context: Any) -> Any:
        self.note(request, context)
        return {"body": len(request.body), "ip": request.client_ip}

    async def awaited(self, request: Any, context: Any) -> Any:
        self.note(request, context)
        await asyncio.sleep(0)
        return {"ip": request.client_ip}

    def large(self, request: Any, context: Any) -> Any:
        return Response(bytes(LARGE))

    def hangs(self, request: Any, context: Any) -> Any:
        self.note(request, context)
        self.release.wait(10)
        return Response.stream(self.chunks())

    async def hangs_awaited(self, request: Any, context: Any) -> Any:
        self.note(request, context)
        await asyncio.sleep(10)

    def chunks(self) -> Iterator[bytes]:
        try:
            yield b"first"
            time.sleep(0.01)
            yield b"second"
        finally:
            self.closed.set()

    def streams(self, request: Any, context: Any) -> Any:
        return Response.stream(self.chunks())

    async def endless(self, request: Any, context: Any) -> Any:
        async def chunks() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"tick"
                    await asyncio.sleep(0.005)
            finally:
                self.closed.set()

        return Response.stream(chunks())

    def breaks(self, request: Any, context: Any) -> Any:
        def chunks() -> Iterator[bytes]:
            yield b"first"
            raise ValueError("in the middle")

        return Response.stream(chunks())

    def fails(self, request: Any, context: Any) -> Any:
        raise SystemExit(1)

    def note(self, request: Any, context: Any) -> None:
        self.threads.append(get_ident())
        self.contexts.append(context)
        self.requests.append(request)
        self.begun.set()

    def application(self, timeout: float = 5.0, **timeouts: float) -> Application:
        calls = ("plain", "awaited", "large", "hangs", "hangs_awaited", "streams", "endless", "breaks", "fails")
        routes = {name: Route(name, getattr(self, name), MOST) for name in calls}
        table = RouteTable([(f"/{name}", {"GET": route, "POST": route}) for name, route in routes.items()])
        return application(table, timeout, frozenset(("awaited", "hangs_awaited", "endless")), timeouts)


class Client:
    """A client of an ASGI application: what it sends, and what was asked of it."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = [*(parts or (b"",))]
        self.asked = 0
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        if self.asked == len(self.parts):
            await asyncio.Event().wait()
        part = self.parts[self.asked]
        self.asked += 1
        return {"type": "http.request", "body": part, "more_body": self.asked < len(self.parts)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def ask(self, app: Any, path: str = "/plain", method: str = "GET", **headers: str) -> Answer:
        """Send a request; `content_type` is the header content-type."""
        scope = {
            "type": "http",
            "method": method,
            "scheme": headers.pop("scheme", "http"),
            "raw_path": path.partition("?")[0].encode(),
            "query_string": path.partition("?")[2].encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": ("192.0.2.7", 1),
        }
        await app(scope, self.receive, self.send)
        start, *rest = self.sent
        body = b"".join(message["body"] for message in rest)
        return Answer(start["status"], dict(start["headers"]), body, bool(rest) and not rest[-1].get("more_body"))
