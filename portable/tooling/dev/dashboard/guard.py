"""Keeps other sites out of the dashboard: an ASGI app in, the same app out, which refuses them and says so to browsers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from starlette.responses import PlainTextResponse

from portable.tooling.dev.foreign import Scope, refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def guarded(app: App, hosts: Collection[str] = ()) -> App:
    """Return an app that answers requests to this machine's own names, or one of `hosts`, from its own pages."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        why = refusal(scope, "the dashboard", hosts) if scope["type"] == "http" else None
        if why is not None:
            await PlainTextResponse(f"{why}\n", 403)(scope, receive, with_headers(send))
        else:
            await app(scope, receive, with_headers(send))

    return answer


def with_headers(send: Send) -> Send:
    """Return a `send` that adds the headers of every answer; one that the answer has itself stays."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message.get("headers", ())}
            more = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in known]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return sending
