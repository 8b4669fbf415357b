"""Calls a mounted ASGI app: takes a Request; returns the Response. Source: ASGI "HTTP & WebSocket ASGI Message Format"."""

from __future__ import annotations

import asyncio

from portable.compute.lifespan import Lifespan, at_end
from portable.compute.mounted import Resources, origin, pairs
from portable.compute.mounted_exchange import Exchange
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
        exchange = Exchange(request)
        if context._streams and request.method != "HEAD":
            from portable.compute.mounted_parts import streamed

            return await streamed(app, scope, exchange, function)
        try:
            await app(scope, exchange.receive, exchange.send)
        except BaseException as error:  # noqa: BLE001 - an answer that is whole is sent all the same
            raise exchange.failed(error)  # noqa: B904 - its cause is set already
        finally:
            exchange.end()
        return exchange.whole(function)

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
