"""What an image answers itself: takes the application of an app; returns one that answers probes and CloudEvents below `/_portable`."""

from __future__ import annotations

import asyncio

from portable.eventing.asgi_writing import write
from portable.eventing.response import Response
from portable_container.runtime.paths import LIVE, OWN, READY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portable.eventing.asgi import Application, Receive, Scope, Send

_OWN = OWN.encode()
NOT_READY = "not ready: the log and the port of probes say why\n"
"""What strangers are told: the reason names accounts and hosts."""


class Front:
    """An app's application, and below `/_portable` what the image answers itself.

    `ready` returns what is missing. `more` are applications for what lies below another path, such as `/_portable/events/`.
    """

    def __init__(
        self, app: Application | None, ready: Callable[[], str | None], more: Mapping[str, Application]
    ) -> None:
        self._app = app or nothing
        self._ready = ready
        self._more = more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            path: bytes = scope["raw_path"]
            if path.startswith(_OWN) and path[len(_OWN) : len(_OWN) + 1] in (b"", b"/"):
                await self._own(path.decode("latin-1"), scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _own(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        for below, app in self._more.items():
            if path.startswith(below):
                await app(scope, receive, send)
                return
        if path == LIVE:
            response = Response("alive\n")
        elif path == READY:
            missing = await asyncio.to_thread(self._ready)
            response = Response("ready\n") if missing is None else Response(NOT_READY, 503)
        else:
            response = Response("not found\n", 404)
        await write(response, receive, send)


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer for an app without HTTP functions."""
    await write(Response.json({"detail": "path not found"}, 404), receive, send)
