"""Passes requests to a development server, and its responses back, part by part as they come."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpcore

from portable.tooling.dev.front import Upstream
from portable.tooling.dev.proxy import headers as names
from portable.tooling.dev.proxy.incoming import Incoming
from portable.tooling.dev.proxy.refused import absent, broken

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

CONNECT = 5.0
"""Seconds to wait for a connection. An answer may take as long as it needs."""
GRACE = 2.0
"""Seconds that an answer without an end, such as a stream of events, goes on when this process is about to end."""


class Forwarding:
    """The requests to one server. `ending` is set when this process is about to end; `tell` says in words what went wrong."""

    def __init__(self, upstream: Upstream, ending: asyncio.Event, tell: Callable[[str], None]) -> None:
        self._upstream = upstream
        self._ending = ending
        self._tell = tell
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context_for(upstream),
            max_connections=sys.maxsize,
            max_keepalive_connections=0,  # a server may end an idle connection in the moment in which it is used again
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on. When the client goes, the development server sees its connection end."""
        incoming = Incoming(receive)
        watching = asyncio.ensure_future(incoming.watch())
        passing = asyncio.ensure_future(self._pass(scope, incoming, send))
        try:
            await asyncio.wait((watching, passing), return_when=asyncio.FIRST_COMPLETED)
            if passing.done():
                passing.result()
        finally:
            watching.cancel()
            passing.cancel()
            await asyncio.gather(watching, passing, return_exceptions=True)

    async def _pass(self, scope: Scope, incoming: Incoming, send: Send) -> None:
        try:
            response = await self._pool.handle_async_request(self._request(scope, incoming))
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            incoming.drop()
            await (await absent(scope, self._upstream))(scope, _nothing, send)
            return
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            incoming.drop()
            await broken(scope, self._upstream, error)(scope, _nothing, send)
            return
        incoming.drop()
        found = names.for_client(response.headers)
        await send({"type": "http.response.start", "status": response.status, "headers": found})
        await send({"type": "http.response.body", "body": b"", "more_body": True})  # the head, for the body may be late
        if await self._body(scope, response, send, ends=names.has_length(found)):
            await send({"type": "http.response.body", "body": b""})

    def _request(self, scope: Scope, incoming: Incoming) -> httpcore.Request:
        upstream, query = self._upstream, scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        found = names.for_upstream(scope)
        body = incoming.body() if names.has_body(scope["headers"]) else None
        if body is not None and not names.has_length(found):
            found.append((b"transfer-encoding", b"chunked"))
        url = httpcore.URL(scheme=upstream.scheme, host=upstream.host, port=upstream.port, target=target)
        timeout = {"timeout": {"connect": CONNECT}}
        return httpcore.Request(scope["method"], url, headers=found, content=body, extensions=timeout)

    async def _body(self, scope: Scope, response: httpcore.Response, send: Send, ends: bool) -> bool:
        """Pass a body on. Return whether it is whole. One that does not tell its length is ended when this process ends."""
        ending = None if ends else asyncio.ensure_future(self._end_of_grace())
        parts = response.aiter_stream()
        try:
            while (part := await _next(parts, ending)) is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            self._tell(f"the development server broke off its answer to {scope['method']} {scope['path']}: {error}")
            return False
        finally:
            if ending is not None:
                ending.cancel()
            await response.aclose()
        return True

    async def _end_of_grace(self) -> None:
        await self._ending.wait()
        await asyncio.sleep(GRACE)


def context_for(upstream: Upstream) -> ssl.SSLContext | None:
    """Return how a server is asked over TLS. One on this machine may have made its certificate itself."""
    if upstream.scheme != "https":
        return None
    found = ssl.create_default_context()
    if _is_here(upstream.host):
        found.check_hostname = False
        found.verify_mode = ssl.CERT_NONE
    return found


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def _next(parts: Any, ending: asyncio.Future[None] | None) -> bytes | None:
    """Return the next part, None when there is none or the time is up."""
    if ending is None:
        return await anext(parts, None)
    coming = asyncio.ensure_future(_part(parts))
    try:
        await asyncio.wait((coming, ending), return_when=asyncio.FIRST_COMPLETED)
        return coming.result() if coming.done() else None
    finally:
        if not coming.done():
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def _part(parts: Any) -> bytes | None:
    found: bytes | None = await anext(parts, None)
    return found


async def _nothing() -> Any:
    return {"type": "http.disconnect"}
