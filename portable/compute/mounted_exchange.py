"""One request to a mounted ASGI app: takes the messages of the app; returns its response."""

from __future__ import annotations

import asyncio

from portable.base.ending import ends_process
from portable.compute.mounted import made_response
from portable.eventing.response import BODILESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from portable.eventing.request import Request
    from portable.eventing.response import Response
    from portable.eventing.streaming import Chunks

    class Parts(Protocol):
        """Takes the parts of a body that are there; `gone` says that nobody wants more of them."""

        gone: bool

        async def take(self, parts: list[bytes], more: bool) -> None: ...  # noqa: D102


_DISCONNECT = {"type": "http.disconnect"}


class Exchange:
    """One request and what an app answers to it.

    `parts` takes the parts of a body on a host that sends them one by one; else it is None, and they are collected.
    """

    __slots__ = ("_given", "_headers", "_over", "_parts", "_status", "_waiting", "complete", "parts", "request")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.parts: Parts | None = None
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
            return {"type": "http.request", "body": self.request.body, "more_body": False}
        if not (self.complete or self._over):
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return _DISCONNECT

    async def send(self, message: dict[str, Any]) -> None:
        """Take a part of the response."""
        kind = message["type"]
        if self.parts is not None and self.parts.gone:
            raise OSError("the client has gone")  # as ASGI asks since 2.4
        if self.complete:
            return
        if kind == "http.response.start" and not self._status:
            self._status = message["status"]
            self._headers = message.get("headers", [])
        elif kind == "http.response.body" and self._status:
            self._parts.append(message.get("body", b""))
            more = message.get("more_body", False)
            if not more:
                self.complete = True
                self.end()
            if self.parts is not None and self._status not in BODILESS:
                await self.parts.take(self._parts, more)
        else:
            raise RuntimeError(f"the ASGI message {kind!r} is not expected here")

    def end(self) -> None:
        """Wake what waits for the end of the connection."""
        self._over = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def response(self, chunks: Chunks | None = None) -> Response:
        """Return the response, with its parts or with chunks. The body of a reply to HEAD is left out."""
        method = self.request.method
        body = b"" if method == "HEAD" else b"".join(self._parts) if chunks is None else chunks
        return made_response(method, self._status, self.headers(), body)

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers of the response as text."""
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]

    def whole(self, function: str) -> Response:
        """Return the response of an app that has ended. Raises RuntimeError if it is not whole."""
        if not self.complete:
            raise RuntimeError(f"the ASGI app {function} ended without a whole response")
        return self.response()

    def failed(self, error: BaseException) -> BaseException:
        """Return the error of an app that failed, with its answer if that is whole."""
        if not self.complete or ends_process(error):
            return error
        from portable.compute.failing import Answered

        found = Answered(self.response(), error).with_traceback(error.__traceback__)
        found.__cause__ = error
        return found
