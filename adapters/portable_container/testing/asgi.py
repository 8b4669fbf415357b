"""One exchange of ASGI, as uvicorn makes it: takes an application and a request; returns the response as it is sent.

The body of a request comes in pieces. A streamed reply is read piece by piece: the application goes on when the next piece
is asked for, and is told that the client has gone when nobody asks any more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from portable.eventing.response import Response
from portable.testing.wsgi import sent_response
from portable_container.testing.http import Native

PIECE = 65_536
"""Bytes of a piece of the body: uvicorn reads so much at once."""
BODILESS = (204, 304)
Application = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
Run = Callable[[Coroutine[Any, Any, Any]], Any]


def exchange(application: Application, native: Native, run: Run) -> Response:
    """Return the response to a request. `run` runs a coroutine on the loop of the application.

    Raises what the application raised before it began to reply.
    """
    call = _Call(application, native)
    start = run(call.following())
    if start is None:
        run(call.end())
        raise RuntimeError("the application ended without a reply")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    piece = run(call.following())
    bodiless = native.method == "HEAD" or start["status"] in BODILESS
    while bodiless and piece is not None and piece.get("more_body"):
        piece = run(call.following())  # the server drops it
    if piece is None or piece.get("more_body"):
        return sent_response(start["status"], headers, _Pieces(call, piece, run))
    run(call.end())
    return sent_response(start["status"], headers, b"" if bodiless else piece.get("body", b""))


class _Pieces(Iterator[bytes]):
    """The body of a streamed reply."""

    def __init__(self, call: _Call, piece: dict[str, Any] | None, run: Run) -> None:
        self._call = call
        self._piece = piece
        self._run = run

    def __next__(self) -> bytes:
        while True:
            piece = self._piece
            if piece is None:
                self.close()
                raise ConnectionError("the connection broke before the end of the body")
            if not piece.get("more_body") and not piece.get("body"):
                self._run(self._call.end())
                raise StopIteration
            last = {"body": b"", "more_body": False}
            self._piece = self._run(self._call.following()) if piece.get("more_body") else last
            if piece.get("body"):
                return piece["body"]  # type: ignore[no-any-return]

    def close(self) -> None:
        """Go away in the middle."""
        self._run(self._call.leave())


class _Call:
    """The application's side of an exchange: what it receives and what it sends."""

    def __init__(self, application: Application, native: Native) -> None:
        self._application = application
        self._scope = native.scope()
        body = native.body
        self._parts = deque([body[start : start + PIECE] for start in range(0, len(body), PIECE)] or [b""])
        self._sent: deque[dict[str, Any]] = deque()
        self._news, self._wanted, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._begun = False

    async def following(self) -> dict[str, Any] | None:
        """Return what the application sends next; None when it sends nothing more."""
        if self._task is None:
            self._task = asyncio.create_task(self._application(self._scope, self._receive, self._send))
            self._task.add_done_callback(lambda _: self._news.set())
        self._wanted.set()
        while not self._sent and not self._task.done():
            self._news.clear()
            await self._news.wait()
        if self._sent:
            self._begun = True
            return self._sent.popleft()
        if not self._begun:
            await self._task
        return None

    async def end(self) -> None:
        """Let the application do what it does after its reply."""
        assert self._task is not None
        self._gone.set()
        await asyncio.wait((self._task,))

    async def leave(self) -> None:
        """Go away: the application is told so when it asks, and what it sends from now on is dropped."""
        self._wanted.set()
        await self.end()

    async def _receive(self) -> dict[str, Any]:
        if self._parts:
            body = self._parts.popleft()
            return {"type": "http.request", "body": body, "more_body": bool(self._parts)}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if self._gone.is_set():
            await asyncio.sleep(0)  # whoever waits for the disconnect gets its turn
            return
        await self._wanted.wait()
        self._wanted.clear()
        self._sent.append(message)
        self._news.set()
