"""Converts a portable Request to `azure.functions.HttpRequest`, and the host's reply to a portable Response.

The URL is the one that the host writes: it decodes the path and encodes it again.
"""

from __future__ import annotations

from http.cookies import Morsel
from typing import Any

from azure.functions import HttpRequest, HttpResponse
from azure.functions.http import HttpRequestConverter, HttpResponseConverter
from azure.functions.meta import Datum

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.sent_query import query_of
from portable_azure.runtime.cookies import host_value
from portable_azure.testing.hosted.azure_routing import decoded_path, encoded_path, parameters

ORIGIN = "https://app.azurewebsites.net"


def forwarded(address: str) -> str:
    """Return an address as the front end writes it into X-Forwarded-For: with the port of the caller."""
    return f"[{address}]:52871" if ":" in address else f"{address}:52871"


def encode_request(request: Request, route: str = "{*path}") -> HttpRequest:
    """Return the request as the worker decodes it; the client's address is the last of X-Forwarded-For.

    `route` is the template that the host has matched.
    """
    path = decoded_path(request.raw_path)
    query = query_of(request)
    headers = dict(request.headers.items())
    before = headers.get("x-forwarded-for")
    if request.client_ip and (before or "").rpartition(",")[2].strip() != request.client_ip:
        address = forwarded(request.client_ip)
        headers["x-forwarded-for"] = f"{before}, {address}" if before else address
    fields = {
        "method": _text(request.method),
        "url": _text(f"{ORIGIN}{encoded_path(path)}{f'?{query}' if query else ''}"),
        "headers": {name: _text(value) for name, value in headers.items()},
        "params": {name: _text(value) for name, value in parameters(route, path).items()},
        "query": {name: _text(value) for name, value in request.query.items() if value},
        "body": Datum(request.body, "bytes"),
    }
    made: HttpRequest = HttpRequestConverter.decode(Datum(fields, "http"), trigger_metadata=None)
    return made


def decode_response(native: HttpResponse) -> Response:
    """Return the response that the host makes of what a function returned."""
    fields = HttpResponseConverter.encode(native, expected_type=None).value
    headers = [(name, value.value) for name, value in fields["headers"].items()]
    response = Response(
        fields["body"].value,
        int(fields["status_code"].value),
        [(name, value) for name, value in headers if name.lower() != "content-type" or value],
    )
    for cookie in fields["cookies"] or ():
        response.cookies.extend(_cookie(morsel) for morsel in cookie.values())
    return response


def _text(value: str) -> Datum:
    return Datum(value, "string")


def _cookie(morsel: Morsel[Any]) -> str:
    """Return a cookie as the host writes it: its value encoded, its known attributes."""
    parts = [f"{morsel.key}={host_value(morsel.value)}"]
    for name, title in (("max-age", "Max-Age"), ("expires", "Expires"), ("path", "Path"), ("domain", "Domain")):
        if morsel[name]:
            parts.append(f"{title}={morsel[name]}")
    parts += [title for name, title in (("secure", "Secure"), ("httponly", "HttpOnly")) if morsel[name]]
    if morsel["samesite"]:
        parts.append(f"SameSite={morsel['samesite'].capitalize()}")
    return "; ".join(parts)
