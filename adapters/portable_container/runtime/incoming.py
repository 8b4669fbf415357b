"""What comes in: takes the scope of a request; returns the Request, its route, and no more of its body than the route takes."""

from __future__ import annotations

import asyncio

from portable.errors import HTTPError
from portable.eventing.asgi import raw_path, read_body, read_request
from portable.eventing.routing import RouteTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from portable.eventing.asgi import Receive, Scope
    from portable.eventing.request import Request
    from portable.eventing.routing import Route
    from portable_container.runtime.proxies import Proxies

BODY_SECONDS = 60.0
"""How long a client may take to send a body."""


class Found(RouteTable):
    """The route table of one request, which was looked up already. `route` is None where no function is called."""

    __slots__ = ("_known", "route")

    def __init__(self, problems: bool, route: Route | None, known: Any) -> None:
        """`known` is what `find` returns, or the error that it raises."""
        self.problems = problems
        self.route = route
        self._known = known

    def find(self, request: Request) -> tuple[str, Route | None, dict[str, Route]]:
        """Return the method to run, its route, and all methods of the path. Raises HTTPError."""
        known = self._known
        if isinstance(known, HTTPError):
            raise known
        return known  # type: ignore[no-any-return]


def read(scope: Scope, proxies: Proxies | None) -> tuple[Request, bool]:
    """Return the request without its body, and whether the headers of its sender are believed."""
    peer = scope["client"]
    address = peer[0] if peer else None
    request = read_request(scope, raw_path(scope), b"", address)
    if proxies is not None and proxies.believes(address):
        request.client_ip = proxies.client(address, request.headers.get("x-forwarded-for") or "")
        return request, True
    if scope["scheme"] == "https" or _field(request, "x-forwarded-proto") is not None:
        _set_scheme(request, scope["scheme"])
    return request, False


def find(table: RouteTable, only: Collection[str] | None, request: Request) -> Found:
    """Return the route of a request. With `only`, other functions are not there."""
    if (_field(request, "upgrade") or "").lower() == "websocket":
        return Found(table.problems, None, HTTPError(404, "no function takes a WebSocket"))
    try:
        known = table.find(request)
    except HTTPError as error:
        return Found(table.problems, None, error)
    route = known[1]
    if route is None or only is None or route.function in only:
        return Found(table.problems, route, known)
    return Found(table.problems, None, HTTPError(404, f"path not found: {request.path}"))


async def body_of(request: Request, most: int, receive: Receive) -> bytes | HTTPError | None:
    """Return the body, or why it is refused, or None if the client has gone.

    A body that says that it has more than `most` bytes is not read at all.
    """
    length = _field(request, "content-length")
    if length is None and _field(request, "transfer-encoding") is None:
        return await read_body(receive, most)
    if length is not None and length.isdecimal() and (len(length) > 15 or int(length) > most):
        return _too_large(most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await read_body(receive, most)
    except TimeoutError:
        return HTTPError(408, f"the body did not come within {BODY_SECONDS:g} s")
    return body if body is None or len(body) <= most else _too_large(most)


def _too_large(most: int) -> HTTPError:
    from portable.compute.failing import too_large

    return too_large(most)


def _field(request: Request, name: str) -> str | None:
    fields = request._fields
    return fields.get(name) if isinstance(fields, dict) else request.headers.get(name)


def _set_scheme(request: Request, scheme: str) -> None:
    """Say how the client came here, in the place of a header of a sender that is not believed."""
    fields = request._fields
    pairs = [*(fields.items() if isinstance(fields, dict) else fields or ())]
    kept = [(name, value) for name, value in pairs if name != "x-forwarded-proto"]
    request._fields = [*kept, ("x-forwarded-proto", scheme)] if scheme == "https" else kept
