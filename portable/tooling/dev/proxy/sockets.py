"""Passes WebSockets to a development server and back, message by message, such as those of Vite's hot reload."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus
from websockets.typing import Subprotocol

from portable.tooling.dev.front import Upstream
from portable.tooling.dev.proxy.forwarding import context_for
from portable.tooling.dev.proxy.headers import for_client, for_upstream
from portable.tooling.dev.proxy.refused import absent, broken

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

NO_CODE, LOST = 1005, 1006
"""What stands for a close without a code, and for a connection that was lost. Neither may be sent (RFC 6455, 7.4.1)."""
NORMAL, AWAY, BAD_GATEWAY = 1000, 1001, 1014


class _Once(connect):
    """A connection that follows no redirect: the client is told of it."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def pass_socket(upstream: Upstream, scope: Scope, receive: Receive, send: Send) -> None:
    """Pass one WebSocket on, or refuse it as the development server does."""
    client = WebSocket(scope, receive, send)
    await client.receive()
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(_connection(upstream, scope))
        except InvalidStatus as error:
            answer = error.response
            refused = Response(bytes(answer.body or b""), answer.status_code)
            refused.raw_headers = _kept(answer.headers)
        except (InvalidHandshake, InvalidMessage, EOFError) as error:
            refused = broken(scope, upstream, error)
        except (OSError, TimeoutError):
            refused = await absent(scope, upstream)
        else:
            await _pumped(client, server)
            return
    await _deny(client, refused)


async def refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a WebSocket with a response instead."""
    client = WebSocket(scope, receive, send)
    await client.receive()
    await _deny(client, response)


async def _deny(client: WebSocket, response: Response) -> None:
    if "websocket.http.response" in client.scope.get("extensions", {}):
        await client.send_denial_response(response)
    else:
        await client.close()


def _connection(upstream: Upstream, scope: Scope) -> _Once:
    given = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in for_upstream(scope)]
    host = given[0][1]
    query = scope["query_string"].decode("latin-1")
    target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    secure = upstream.scheme == "https"
    tls: dict[str, Any] = {"ssl": context_for(upstream), "server_hostname": upstream.host} if secure else {}
    return _Once(
        f"{'wss' if secure else 'ws'}://{host}{target}",
        host=upstream.host,
        port=upstream.port,
        subprotocols=[Subprotocol(name) for name in scope["subprotocols"]] or None,
        additional_headers=[(name, value) for name, value in given[1:] if not name.startswith("sec-websocket-")],
        compression=None,
        user_agent_header=None,
        proxy=None,
        ping_interval=None,
        max_size=None,
        **tls,
    )


async def _pumped(client: WebSocket, server: ClientConnection) -> None:
    """Pass messages both ways until one side closes, and close the other one in the same way."""
    assert server.response is not None
    await client.accept(server.subprotocol, _kept(server.response.headers))
    ways = [asyncio.ensure_future(_to_server(client, server)), asyncio.ensure_future(_to_client(client, server))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def _kept(given: Headers) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer for the client, without those that the two connections have settled each for itself."""
    pairs = for_client((name.encode("latin-1"), value.encode("latin-1")) for name, value in given.raw_items())
    return [pair for pair in pairs if not pair[0].startswith(b"sec-websocket-")]


async def _to_server(client: WebSocket, server: ClientConnection) -> None:
    try:
        while (message := await client.receive())["type"] != "websocket.disconnect":
            text = message.get("text")
            await server.send(message["bytes"] if text is None else text)
    except ConnectionClosed:
        return
    code = int(message.get("code") or NORMAL)
    await server.close({NO_CODE: NORMAL, LOST: AWAY}.get(code, code), message.get("reason") or "")


async def _to_client(client: WebSocket, server: ClientConnection) -> None:
    try:
        while True:
            message = await server.recv()
            if isinstance(message, str):
                await client.send_text(message)
            else:
                await client.send_bytes(message)
    except ConnectionClosed:
        code = server.close_code or LOST
        await client.close({NO_CODE: NORMAL, LOST: BAD_GATEWAY}.get(code, code), server.close_reason or "")
