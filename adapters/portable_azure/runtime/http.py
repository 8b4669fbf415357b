"""HTTP on Azure: takes `azure.functions.HttpRequest`; returns `azure.functions.HttpResponse`.

The path and the query are read from the URL. There the host keeps the query as it was sent, but it decodes the path (all
but %2F) and encodes it again, except for what looks like an escape. So `%2541` and `%41` of a client look the same (ASP.NET
Core, PathString.ToUriComponent). The route's parameters are only decoded, so they show which of the two it was. The host's
map of the query is not used: it holds one value per name, and no empty values (Azure/azure-functions-host,
GrpcMessageConversionExtensions.ToRpcHttp).
"""

from __future__ import annotations

import logging

from azure.functions import HttpResponse

from portable.compute import dispatch
from portable.eventing.multidict import join_headers
from portable.eventing.request import Request
from portable.eventing.urls import quote
from portable_azure.runtime.context import AzureContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any

    from portable.eventing.response import Response
    from portable.eventing.routing import RouteTable

EXPECTED = "an HTTP request"
_PATH = b"/!$&'()*+,;=:@"
_HEX = frozenset("0123456789abcdefABCDEF")


def front_end(headers: dict[str, str]) -> str | None:
    """Return the caller's address: the last of X-Forwarded-For, which the front end of App Service adds."""
    return client_address(headers.get("x-forwarded-for"))


def handler(
    table: RouteTable, function: str, timeout: float, caller: Callable[[dict[str, str]], str | None] = front_end
) -> Callable[[Any, Any], HttpResponse]:
    """Return what a `def` function of the app calls with its request and context.

    `timeout` is in seconds. `caller` tells the address of the client by the headers, and may take some out.
    """

    def handle(event: Any, native: Any) -> HttpResponse:
        request = decode(event, caller)
        return encode(dispatch.http(table, request, AzureContext(event, native, function, timeout)))

    return handle


def async_handler(
    table: RouteTable, function: str, timeout: float, caller: Callable[[dict[str, str]], str | None] = front_end
) -> Callable[[Any, Any], Awaitable[HttpResponse]]:
    """Return what an `async def` function of the app awaits with its request and context."""
    from portable.compute.tasks import guard

    async def handle(event: Any, native: Any) -> HttpResponse:
        guard()
        request = decode(event, caller)
        return encode(await dispatch.http_async(table, request, AzureContext(event, native, function, timeout)))

    return handle


def decode(event: Any, caller: Callable[[dict[str, str]], str | None] = front_end) -> Request:
    """Return the request of a trigger. Raises EventError for anything else."""
    try:
        path, query = split_url(event.url)
        if "%" in path:
            path = as_sent(path, event.route_params.values())
        body = event.get_body()
        headers = join_headers(list(event.headers.items()))
        client = caller(headers)
        return Request(
            event.method.upper(),
            path,
            list(event.params.items()) if query is None else query,
            headers,
            body if isinstance(body, bytes) else (body or "").encode(),
            client,
        )
    except (AttributeError, TypeError, ValueError):
        from portable_azure.runtime.refuse import refuse

        raise refuse(EXPECTED, event) from None


def split_url(url: str) -> tuple[str, str | None]:
    """Return the path and the query of a URL, still encoded. The query is None if there is no `?`."""
    start = 0
    scheme = url.find("://")
    if scheme >= 0 and "/" not in url[:scheme] and "?" not in url[:scheme]:
        start = scheme + 3
        while start < len(url) and url[start] not in "/?#":
            start += 1
    rest = url[start:].partition("#")[0]
    path, mark, query = rest.partition("?")
    return (path if path[:1] == "/" else f"/{path}"), (query if mark else None)


def as_sent(path: str, decoded: Iterable[str]) -> str:
    """Return the path of a URL with every value of its route encoded as a client would send it.

    A `%2F` in a value is taken for a client's `%2F`. A client's `%252F` looks the same: this is a documented gap.
    """
    for value in decoded:
        if "%" in value:
            sent = "%2F".join(quote(part, _PATH) for part in value.replace("%2f", "%2F").split("%2F"))
            path = f"{path}/".replace(f"/{_written(value)}/", f"/{sent}/")[:-1]
    return path


def _written(value: str) -> str:
    """Return decoded text as the host writes it in a URL. What looks like an escape is not encoded."""
    first, *rest = value.split("%")
    written = [quote(first, _PATH)]
    for part in rest:
        if len(part) > 1 and _HEX.issuperset(part[:2]):
            written.append(f"%{part[:2]}{quote(part[2:], _PATH)}")
        else:
            written.append(f"%25{quote(part, _PATH)}")
    return "".join(written)


def client_address(forwarded: str | None) -> str | None:
    """Return the last address of X-Forwarded-For without its port."""
    if not forwarded:
        return None
    last = forwarded.rpartition(",")[2].strip()
    if last[:1] == "[":
        return last[1:].partition("]")[0] or None
    return (last.partition(":")[0] if last.count(":") == 1 else last) or None


def encode(response: Response) -> HttpResponse:
    """Return the reply: one value per header name, one header per cookie, the body as bytes."""
    try:
        return _encode(response)
    except Exception:  # a handler changed the response after it was made, such as to a cookie that the worker drops
        from portable.errors import HTTPError
        from portable.eventing.error_replies import error_response

        logging.getLogger("portable").exception("%r cannot be sent", response)
        return _encode(error_response(HTTPError(500, "Internal Server Error")))


def _encode(response: Response) -> HttpResponse:
    headers = join_headers(response.headers)
    # the library adds a media type if there is none, and the host removes an empty one
    reply = HttpResponse(response.body, status_code=response.status, headers=headers, mimetype="")
    if response.cookies:
        from portable_azure.runtime.cookies import readable

        for cookie in response.cookies:
            reply.headers.add("set-cookie", readable(cookie))
    return reply
