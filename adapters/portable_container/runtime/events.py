"""The paths for events: takes CloudEvents and the notifications of stores over HTTP; hands them to functions and to JetStream.

A reply of 2xx says that an event is done, 4xx that it is no event of this function, and 503 that it should come again.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from time import perf_counter

from portable.errors import EventError
from portable.eventing.asgi import read_request
from portable.eventing.asgi_threads import threads_of
from portable.eventing.asgi_writing import write
from portable.eventing.response import Response
from portable_container.runtime.cloudevents_http import NoEvent, read
from portable_container.runtime.incoming import body_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from portable.eventing.asgi import Receive, Scope, Send
    from portable.eventing.asgi_threads import Threads
    from portable.eventing.request import Request
    from portable_container.runtime.cloudevents import CloudEvent
    from portable_container.runtime.taking import Taker

    Take = Callable[[Request], Response]
    Called = Callable[[str, float, bool], None]

MOST = 6_291_456
"""Bytes of the body of a request, with all events of a batch."""
THREADS = 40
"""How many requests are handled at the same time."""
LONGEST = 300
"""How much of an error is told: the type of an event is in it, and a sender may write what it likes."""
AGAIN = "it failed, and the log of the app says why: send it again"
_log = logging.getLogger("portable")


class Endpoints:
    """What takes posts below one path, each at its own name. Without a token everybody who reaches the port may post."""

    def __init__(self, path: str, takes: Mapping[str, Take], token: str | None) -> None:
        self._path = path
        self._takes = takes
        self._token = None if token is None else token.encode()
        self._threads: Threads | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path: str = scope["raw_path"].decode("latin-1")
        name = path[len(self._path) :]
        request = read_request(scope, path, b"", None)
        response = self._refusal(request, name)
        if response is None:
            body = await body_of(request, MOST, receive)
            if body is None:  # the client has gone
                return
            if isinstance(body, bytes):
                request.body = body
                response = await self._run(self._takes[name], request)
            else:
                response = _problem(body.status, str(body.detail))
        await write(response, receive, send)

    async def _run(self, take: Take, request: Request) -> Response:
        threads = self._threads = threads_of(self._threads, THREADS)
        try:
            return await threads.run(take, request)  # type: ignore[no-any-return]
        except asyncio.CancelledError:
            return _problem(503, "the server is stopping")

    def _refusal(self, request: Request, name: str) -> Response | None:
        if self._token is not None and not _knows(request.headers.get("authorization") or "", self._token):
            response = _problem(401, "the token is missing or wrong")
            response.headers.append(("www-authenticate", "Bearer"))
            return response
        if name not in self._takes:
            return _problem(404, "nothing takes events here")
        if request.method == "OPTIONS":
            return _handshake(request)
        if request.method != "POST":
            response = _problem(405, "events are posted")
            response.headers.append(("allow", "POST, OPTIONS"))
            return response
        return None


def of_function(taker: Taker, called: Called) -> Take:
    """Return what takes CloudEvents for a function. All events of a batch are read before the first is handled."""

    def take(request: Request) -> Response:
        fields: Any = request._fields
        pairs = fields.items() if isinstance(fields, dict) else fields or ()
        try:
            events = read(pairs, request.body)
        except NoEvent as error:
            _log.warning("%s was not called: %s", taker.function, error)
            return _problem(error.status, str(error))
        failed, refused = [], []
        for event in events:
            begun = perf_counter()
            try:
                done = taker.event(event)
            except EventError as error:
                detail = str(error)[:LONGEST]
                _log.warning("%s was not called: %s", taker.function, detail)
                refused.append({**_place(event), "detail": detail})
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the event should come again
                _log.error("%s failed: %s", taker.function, error, exc_info=error)
                done = False
            called(taker.function, perf_counter() - begun, not done)
            if not done:
                failed.append(_place(event))
        return _reply(failed, refused)

    return take


def of_store(receive: Callable[[bytes], None]) -> Take:
    """Return what takes the notifications of a store. `receive` raises EventError for anything else."""

    def take(request: Request) -> Response:
        try:
            receive(request.body)
        except EventError as error:
            return _problem(400, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the store should post it again
            _log.error("a notification of the store is not stored: %s", error, exc_info=error)
            return _problem(503, AGAIN)
        return Response(b"", 200)

    return take


def _reply(failed: list[dict[str, str]], refused: list[dict[str, str]]) -> Response:
    """Return the reply: 204 if all is done, 503 if anything should come again, and which ones these are."""
    if failed:
        return Response.json({"detail": AGAIN, "failed": failed, "refused": refused}, 503)
    if refused:
        return Response.json({"detail": refused[0]["detail"], "refused": refused}, 400)
    return Response(b"", 204)


def _place(event: CloudEvent) -> dict[str, str]:
    """Return what names an event: its source and its id together."""
    return {name: event.attributes[name] for name in ("source", "id")}


def _problem(status: int, detail: str) -> Response:
    return Response.json({"detail": detail}, status)


def _handshake(request: Request) -> Response:
    """Agree to be sent events (CloudEvents "HTTP 1.1 web hooks for event delivery", section 4)."""
    response = Response(b"", 200, [("allow", "POST, OPTIONS")])
    origin = request.headers.get("webhook-request-origin")
    if origin and origin.isascii() and origin.isprintable():
        response.headers += [("webhook-allowed-origin", origin), ("webhook-allowed-rate", "*")]
    return response


def _knows(authorization: str, token: bytes) -> bool:
    """Return whether a header holds the token, as a bearer's or as the password of basic auth. It takes the same time for each."""
    scheme, _, given = authorization.partition(" ")
    sent = given.strip().encode()
    if scheme.lower() == "basic":
        from binascii import a2b_base64

        try:
            sent = a2b_base64(sent, strict_mode=True).partition(b":")[2]
        except ValueError:
            sent = b""
    elif scheme.lower() != "bearer":
        sent = b""
    return hmac.compare_digest(sent, token)
