"""The ASGI application of the HTTP functions: takes a request, calls the dispatcher that ships, and writes its response.

A `def` handler runs in a thread, an `async def` handler on the loop, as on a host that awaits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import TYPE_CHECKING

from portable.base.trace import traceparent
from portable.eventing.asgi import read_body, read_request, refuse_socket
from portable.eventing.asgi_threads import Threads
from portable.eventing.asgi_writing import write
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.dev.foreign import is_own, misnamed
from portable.tooling.dev.late import Late
from portable.tooling.dev.live import Live
from portable.tooling.dev.running import Running
from portable.tooling.dev.static import Static

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

KNOWN = 64
"""How many values of the header Host are remembered."""
Make = Callable[[], "ASGIApp"]
THREADS = 40
"""How many `def` handlers of HTTP functions run at the same time."""
MOST = 6_291_456
"""Bytes of the largest body that a route may take. More is not read: the dispatcher refuses what is one byte too long."""


class Functions:
    """The HTTP functions of a running app. `inside` makes what this server answers itself, at the first such request.

    For paths that no function has, `static` has files, and `proxy` makes what answers all others. `hosts` are the names
    beside those of loopback under which functions and files are served; None is for every name.
    """

    def __init__(
        self,
        running: Running,
        inside: Make,
        static: Static | None = None,
        proxy: Make | None = None,
        hosts: Collection[str] | None = (),
    ) -> None:
        self._running = running
        self._inside = Late(inside)
        self._static = static
        self._proxy = None if proxy is None else Late(proxy)
        self._threads = Threads(THREADS)
        self._owns = None if hosts is None else lru_cache(KNOWN)(lambda host: is_own(host.decode("latin-1"), hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: bytes = scope["raw_path"]
        ours = path.startswith(b"/_portable") and path[10:11] in (b"/", b"")
        broken = self._running.broken
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, ours)
            return
        if ours:
            await self._inside(scope, receive, send)
            return
        fields = dict(scope["headers"])  # no two of them are `host`: the parser refuses that
        host, caller = fields.get(b"host"), fields.get(b"traceparent")
        if host is not None and self._owns is not None and not self._owns(host):
            said = misnamed(host.decode("latin-1"), "the app")
            await write(Response(f"{said}\n", 403), receive, send)
            return
        if broken is not None and not self._running.functions:
            text = "\n".join(part for part in (broken.where, broken.error, broken.traceback) if part)
            await write(Response(f"the app does not run\n{text}\n", 503), receive, send)
            return
        if (self._static or self._proxy) and not self._routed(scope):
            other = await self._other(scope)
            if other is not None:
                await other(scope, receive, send)
                return
        body = await read_body(receive, MOST)
        if body is None:
            return
        client = scope["client"]
        request = read_request(scope, path.decode("latin-1"), body, client[0] if client else None)
        live = Live("http", "", request, traceparent(caller.decode("latin-1")) if caller else None)
        live.origin = f"{scope['scheme']}://{host.decode('latin-1')}" if host else ""
        running = self._running
        if not running.choices.wire and running.is_awaited(request):
            response = await running.answer_async(live)
        else:
            response = await self._threads.run(running.answer_here, live)
        await write(response, receive, send)

    async def _other(self, scope: Scope) -> ASGIApp | None:
        """Return what answers a path that no function has: its file, else the development server."""
        file = None
        if self._static is not None and scope["method"] in ("GET", "HEAD"):
            file = await self._static.find(scope)
        return file or self._proxy

    async def _socket(self, scope: Scope, receive: Receive, send: Send, ours: bool) -> None:
        """Answer a WebSocket: it belongs to the development server, unless its path is that of a function."""
        if self._proxy is not None and not ours and not self._routed(scope):
            await self._proxy(scope, receive, send)
            return
        await refuse_socket(receive, send)

    def _routed(self, scope: Scope) -> bool:
        """Return whether the path of a request is that of a function."""
        return self._running.has_path(Request(scope.get("method", "GET"), scope["raw_path"].decode("latin-1")))
