"""The ASGI application that stands for a development server: it keeps other sites out, and passes everything else on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from portable.tooling.dev.foreign import refusal
from portable.tooling.dev.front import Upstream
from portable.tooling.dev.proxy.forwarding import Forwarding
from portable.tooling.dev.proxy.headers import is_loop
from portable.tooling.dev.proxy.refused import loop
from portable.tooling.dev.proxy.sockets import pass_socket, refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def proxy(upstream: Upstream, hosts: Collection[str], ending: asyncio.Event, tell: Callable[[str], None]) -> ASGIApp:
    """Return the application. `hosts` are names of this machine beside those of loopback."""
    forward = Forwarding(upstream, ending, tell)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refused(upstream, scope, hosts)
        if scope["type"] == "websocket":
            await (refuse(refused, scope, receive, send) if refused else pass_socket(upstream, scope, receive, send))
        else:
            await (refused or forward)(scope, receive, send)

    return answer


def _refused(upstream: Upstream, scope: Scope, hosts: Collection[str]) -> Response | None:
    why = refusal(scope, "the front end", hosts)
    if why is not None:
        return PlainTextResponse(f"{why}\n", 403)
    if scope["raw_path"][:1] not in (b"/", b"*"):
        return PlainTextResponse("a request names a path, not an address\n", 400)
    return loop(scope, upstream) if is_loop(scope["headers"]) else None
