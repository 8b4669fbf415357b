"""HTTP over ASGI: reads a Request from a scope and the messages behind it.

`asgi_writing` writes a Response, and `asgi_threads` runs `def` handlers. Source: ASGI "HTTP & WebSocket ASGI Message Format".
"""

from __future__ import annotations

from portable.eventing.request import received

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any

    from portable.eventing.request import Request

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def raw_path(scope: Scope) -> str:
    """Return the path that the client sent, percent-encoded. Of an absolute target it is the path behind the host."""
    path: str = scope["raw_path"].decode("latin-1")
    if path[:1] == "/" and "#" not in path:
        return path
    from portable.eventing.urls import path_of

    return path_of(path)


def read_request(scope: Scope, path: str, body: bytes, client_ip: str | None) -> Request:
    """Return the request of a scope. `path` is percent-encoded. Header values are UTF-8, as on every target."""
    pairs = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in scope["headers"]]
    fields = dict(pairs)
    return received(
        scope["method"].upper(),
        path,
        scope["query_string"].decode("latin-1"),
        fields if len(fields) == len(pairs) else pairs,
        body,
        client_ip,
    )


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Return the body of a request, or None if the client has gone.

    No more than `most` bytes and one are read, so a body that is too large can be told from one that fits.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body") and size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    return b"".join(parts)[: most + 1]


async def refuse_socket(receive: Receive, send: Send) -> None:
    """Answer a client that wants to open a WebSocket: 404, because no function takes one."""
    await receive()
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"no function takes a WebSocket\n"})
