"""HTTP on Azure: `azure.functions.HttpRequest` in, `azure.functions.HttpResponse` out.

The path and the query are read from the URL, which the host builds from the encoded path and the query as sent; its
maps of parameters hold one value a name and no empty ones (Azure/azure-functions-host,
GrpcMessageConversionExtensions.ToRpcHttp).
"""

from __future__ import annotations

import logging

from azure.functions import HttpResponse

from portable.compute import dispatch
from portable.errors import HTTPError
from portable.eventing.multidict import join_headers
from portable.eventing.request import Request
from portable.eventing.response import Response, error_response
from portable_azure.runtime.context import AzureContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from portable.eventing.routing import RouteTable

EXPECTED = "an HTTP request"


def handler(table: RouteTable, function: str, timeout: float) -> Callable[[Any, Any], HttpResponse]:
    """Return what a `def` function of the app calls with its request and context. `timeout` is in seconds."""

    def handle(event: Any, native: Any) -> HttpResponse:
        request = decode(event)
        return encode(dispatch.http(table, request, AzureContext(event, native, function, timeout)))

    return handle


def async_handler(table: RouteTable, function: str, timeout: float) -> Callable[[Any, Any], Awaitable[HttpResponse]]:
    """Return what an `async def` function of the app awaits with its request and context."""

    async def handle(event: Any, native: Any) -> HttpResponse:
        request = decode(event)
        return encode(await dispatch.http_async(table, request, AzureContext(event, native, function, timeout)))

    return handle


def decode(event: Any) -> Request:
    """Return the request of a trigger. Raises EventError for anything else."""
    try:
        path, query = split_url(event.url)
        body = event.get_body()
        headers = join_headers(list(event.headers.items()))
        return Request(
            event.method.upper(),
            path,
            list(event.params.items()) if query is None else query,
            headers,
            body if isinstance(body, bytes) else (body or "").encode(),
            client_address(headers.get("x-forwarded-for")),
        )
    except (AttributeError, TypeError, ValueError):
        from portable_azure.runtime.refuse import refuse

        raise refuse(EXPECTED, event) from None


def split_url(url: str) -> tuple[str, str | None]:
    """Return the encoded path and the query of a URL as they stand in it; the query is None when there is no `?`."""
    start = 0
    scheme = url.find("://")
    if scheme >= 0 and "/" not in url[:scheme] and "?" not in url[:scheme]:
        start = scheme + 3
        while start < len(url) and url[start] not in "/?#":
            start += 1
    rest = url[start:].partition("#")[0]
    path, mark, query = rest.partition("?")
    return (path if path[:1] == "/" else f"/{path}"), (query if mark else None)


def client_address(forwarded: str | None) -> str | None:
    """Return the caller's address: the last of X-Forwarded-For, which the front end adds, without its port."""
    if not forwarded:
        return None
    last = forwarded.rpartition(",")[2].strip()
    if last[:1] == "[":
        return last[1:].partition("]")[0] or None
    return (last.partition(":")[0] if last.count(":") == 1 else last) or None


def encode(response: Response) -> HttpResponse:
    """Return the reply: one value a header name, each cookie a header of its own, the body as bytes."""
    try:
        return _encode(response)
    except ValueError:  # a cookie that the worker would lose
        logging.getLogger("portable").exception("%r cannot be sent", response)
        return _encode(error_response(HTTPError(500, "Internal Server Error")))


def _encode(response: Response) -> HttpResponse:
    headers: dict[str, str] = {}
    for name, value in response.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    # the library adds a media type where there is none, and the host takes an empty one off again
    reply = HttpResponse(response.body, status_code=response.status, headers=headers, mimetype="")
    if response.cookies:
        from portable_azure.runtime.cookies import readable

        for cookie in response.cookies:
            reply.headers.add("set-cookie", readable(cookie))
    return reply
