"""The client of a test as an app: takes what sends a request; returns an ASGI or a WSGI app for test clients of frameworks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from portable.eventing.request import Request
from portable.eventing.wsgi import as_latin1, read_request

Send = Callable[[Request], Any]
"""Sends a request and returns the response of `cloud.http`."""
AsgiApp = Callable[[dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], list[bytes]]


def asgi(send: Send) -> AsgiApp:
    """Return an ASGI app that sends each request to the app under test. It has a lifespan that does nothing."""

    async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], reply: Callable[[Any], Any]) -> None:
        if scope["type"] == "lifespan":
            for phase in ("startup", "shutdown"):
                await receive()
                await reply({"type": f"lifespan.{phase}.complete"})
            return
        if scope["type"] != "http":
            raise NotImplementedError(f"{scope['type']}: functions have no WebSockets")
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        path = (scope.get("raw_path") or b"").partition(b"?")[0].decode("latin-1") or scope["path"]
        query, client = scope["query_string"].decode("latin-1"), scope.get("client")
        address = client[0] if client and client[0] != "testclient" else None
        found = send(Request(scope["method"], path, query, headers, body, address))
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in _fields(found)]
        await reply({"type": "http.response.start", "status": found.status_code, "headers": fields})
        await reply({"type": "http.response.body", "body": found.content})

    return app


def wsgi(send: Send) -> WsgiApp:
    """Return a WSGI app that sends each request to the app under test."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        found = send(read_request(environ, body, environ.get("REMOTE_ADDR")))
        try:
            phrase = HTTPStatus(found.status_code).phrase
        except ValueError:
            phrase = "Unknown"
        fields = [(name, as_latin1(value)) for name, value in _fields(found)]
        start_response(f"{found.status_code} {phrase}", fields)
        return [found.content]

    return app


def _fields(response: Any) -> list[tuple[str, str]]:
    return [*response.headers.multi_items(), *(("set-cookie", cookie) for cookie in response.set_cookies)]
