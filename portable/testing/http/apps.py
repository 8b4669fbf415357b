"""The client of a test as an app: takes what sends a request; returns an ASGI or a WSGI app for test clients of frameworks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from portable.compute.mounted import pairs
from portable.eventing.request import Request
from portable.eventing.response import BODILESS
from portable.eventing.urls import quote
from portable.eventing.wsgi import as_latin1, read_request
from portable.testing.http.building import CLIENT_IP, HOST

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
        path = (scope.get("raw_path") or b"").partition(b"?")[0].decode("latin-1") or quote(scope["path"], b"/")
        query, client = scope["query_string"].decode("latin-1"), scope.get("client")
        address = client[0] if client and client[0] != "testclient" else CLIENT_IP
        sent = Request(scope["method"], path, query, headers, body, address)
        host, port = scope.get("server") or (HOST, 80)
        found = send(_forwarded(sent, scope.get("scheme", "http"), host, str(port)))
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in _fields(sent, found)]
        await reply({"type": "http.response.start", "status": found.status_code, "headers": fields})
        await reply({"type": "http.response.body", "body": found.content})

    return app


def wsgi(send: Send) -> WsgiApp:
    """Return a WSGI app that sends each request to the app under test."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        sent = read_request(environ, body, environ.get("REMOTE_ADDR") or CLIENT_IP)
        host, port = environ.get("SERVER_NAME") or HOST, environ.get("SERVER_PORT", "80")
        found = send(_forwarded(sent, environ["wsgi.url_scheme"], host, port))
        try:
            phrase = HTTPStatus(found.status_code).phrase
        except ValueError:
            phrase = "Unknown"
        fields = [(name, as_latin1(value)) for name, value in _fields(sent, found)]
        start_response(f"{found.status_code} {phrase}", fields)
        return [found.content]

    return app


def _forwarded(request: Request, scheme: str, host: str, port: str) -> Request:
    """Return a request that names its host, as each one over HTTP does, and its scheme, as the gateway of a cloud does."""
    more = {"host": host if port in ("80", "443", "None") else f"{host}:{port}"}
    if scheme == "https":
        more["x-forwarded-proto"] = scheme
    fields = [*pairs(request), *((name, value) for name, value in more.items() if name not in request.headers)]
    return Request(request.method, request.raw_path, request._query_string, fields, request.body, request.client_ip)


def _fields(request: Request, response: Any) -> list[tuple[str, str]]:
    """Return the headers that arrive at a client, with the length, which every host counts."""
    found = [*response.headers.multi_items(), *(("set-cookie", cookie) for cookie in response.set_cookies)]
    if request.method != "HEAD" and response.status_code not in BODILESS and "content-length" not in response.headers:
        found.append(("content-length", str(len(response.content))))
    return found
