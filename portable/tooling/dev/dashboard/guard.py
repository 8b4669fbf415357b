"""Keeps other sites out: an ASGI app in, the same app out, which refuses foreign hosts and origins.

A page of another site may point its name at this machine (DNS rebinding), post a form to it, or embed it. What a browser
says about where a request comes from (`Host`, `Origin`, `Sec-Fetch-Site`) is compared with where it goes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from ipaddress import ip_address
from typing import Any

from starlette.responses import PlainTextResponse

from portable.tooling.grouping import grouped

Scope = MutableMapping[str, Any]
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
SAFE = ("GET", "HEAD")


def guarded(app: App, hosts: Collection[str] = ()) -> App:
    """Return an app that answers requests to this machine's own names, or one of `hosts`, from its own pages."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        why = refusal(scope, hosts) if scope["type"] == "http" else None
        if why is not None:
            await PlainTextResponse(f"{why}\n", 403)(scope, receive, with_headers(send))
        else:
            await app(scope, receive, with_headers(send))

    return answer


def refusal(scope: Scope, hosts: Collection[str] = ()) -> str | None:
    """Return why a request is refused, None if it is not."""
    given: dict[str, list[str]] = grouped(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
    )
    if len(given.get("host", ())) != 1:
        return "a request to the dashboard has one Host header"
    [host] = given["host"]
    if not is_own(host, hosts):
        return f"the dashboard is not served under the name {host!r}: open it as http://localhost or http://127.0.0.1"
    for origin in given.get("origin", ()):
        scheme, _, place = origin.partition("://")
        if scheme not in ("http", "https") or place.lower() != host.lower():
            return f"a page of {origin!r} may not use the dashboard"
    site = given.get("sec-fetch-site", ["none"])[0]
    followed = scope["method"] in SAFE and given.get("sec-fetch-mode", [""])[0] == "navigate"
    if site not in ("same-origin", "none") and not followed:
        return "a page of another site may not use the dashboard"
    return None


def is_own(host: str, hosts: Collection[str] = ()) -> bool:
    """Return whether a Host header names this machine: loopback by name or number, or one of `hosts`."""
    name = host.lower()
    if name.startswith("["):
        name, bracket, rest = name[1:].partition("]")
        if not bracket or (rest and not (rest[0] == ":" and rest[1:].isdecimal())):
            return False
    else:
        name, colon, port = name.partition(":")
        if colon and not port.isdecimal():
            return False
    if name in ("localhost", *(found.lower() for found in hosts)) or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def with_headers(send: Send) -> Send:
    """Return a `send` that adds the headers of every answer; one that the answer has itself stays."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message.get("headers", ())}
            more = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in known]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return sending
