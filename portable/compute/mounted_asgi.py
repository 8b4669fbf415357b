"""Calls a mounted ASGI app: takes a Request; returns the Response. Source: ASGI "HTTP & WebSocket ASGI Message Format"."""

from __future__ import annotations

import asyncio

from portable.base.ending import ends_process
from portable.compute.lifespan import Lifespan, at_end
from portable.compute.mounted import Resources, made_response, origin, pairs
from portable.eventing.sent_query import query_of
from portable.eventing.urls import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from portable.compute.context import Context
    from portable.compute.mounted import Declared
    from portable.eventing.request import Request
    from portable.eventing.response import Response

_VERSIONS = {"version": "3.0", "spec_version": "2.4"}
_DISCONNECT = {"type": "http.disconnect"}


def handler(
    app: Any, prefix: str, function: str, declared: Declared
) -> Callable[[Request, Context], Coroutine[Any, Any, Response]]:
    """Return the handler that awaits an ASGI app. `prefix` is the path below which it answers.

    Calls may overlap. The app starts once, before its first request.
    """
    common = {"asgi": _VERSIONS, "portable": Resources(declared, function)}
    lifespan: Lifespan | None = None

    async def handle(request: Request, context: Context) -> Response:
        nonlocal lifespan
        if lifespan is None or lifespan.over or lifespan.loop is not asyncio.get_running_loop():
            lifespan = Lifespan(app, common)
        running = lifespan
        if not running.ready:
            await running.started()
        scope = {
            **common,
            **scope_of(request, prefix),
            "state": running.state.copy(),
            "portable.context": context,
            "portable.principal": request.principal,
        }
        exchange = _Exchange(request)
        try:
            await app(scope, exchange.receive, exchange.send)
        except BaseException as error:
            if not exchange.complete or ends_process(error):
                raise
            from portable.compute.failing import Answered

            raise Answered(exchange.response(), error).with_traceback(error.__traceback__) from error
        finally:
            exchange.end()
        if not exchange.complete:
            raise RuntimeError(f"the ASGI app {function} ended without a whole response")
        return exchange.response()

    def end() -> None:
        if lifespan is not None:
            lifespan.end()

    at_end(end)
    return handle


def scope_of(request: Request, prefix: str) -> dict[str, Any]:
    """Return the connection scope of a request. Its path holds the root path, as the specification asks."""
    given: dict[str, str] = {}
    headers: list[tuple[bytes, bytes]] = []
    for name, value in pairs(request):
        key = name.lower()
        given[key] = value
        if key != "transfer-encoding":  # the body is whole
            headers.append((key.encode("latin-1"), value.encode("latin-1", "replace")))
    if request.body and "content-length" not in given:
        headers.append((b"content-length", str(len(request.body)).encode()))
    scheme, host, port = origin(given)
    root = request.root_path
    raw = f"{root}{request.raw_path}"
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": scheme,
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query_of(request).encode(),
        "root_path": f"{root}{prefix}",
        "headers": headers,
        "client": (request.client_ip, 0) if request.client_ip else None,
        "server": (host, port),
    }


class _Exchange:
    """One request and what an app answers to it."""

    __slots__ = ("_given", "_headers", "_over", "_parts", "_request", "_status", "_waiting", "complete")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._given = False
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._over = False
        self.complete = False

    async def receive(self) -> dict[str, Any]:
        """Return the body, once; after it the end of the connection, as soon as the response is complete."""
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        if not (self.complete or self._over):
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return _DISCONNECT

    async def send(self, message: dict[str, Any]) -> None:
        """Take a part of the response."""
        kind = message["type"]
        if self.complete:
            return
        if kind == "http.response.start" and not self._status:
            self._status = message["status"]
            self._headers = message.get("headers", [])
        elif kind == "http.response.body" and self._status:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.complete = True
                self.end()
        else:
            raise RuntimeError(f"the ASGI message {kind!r} is not expected here")

    def end(self) -> None:
        """Wake what waits for the end of the connection."""
        self._over = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def response(self) -> Response:
        """Return the response. The body of a reply to HEAD is left out."""
        method = self._request.method
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]
        body = b"" if method == "HEAD" else b"".join(self._parts)
        return made_response(method, self._status, headers, body)
