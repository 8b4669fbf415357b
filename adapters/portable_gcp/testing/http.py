"""Converts a portable Request to the HTTP request of Google's front end, and a service's reply to a portable Response."""

from __future__ import annotations

from typing import Any

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.sent_query import query_of
from portable.testing.wsgi import sent_response
from portable_gcp.testing.native import Native


def encode_request(request: Request) -> Native:
    """Return the request as the service receives it: the client's address in X-Forwarded-For, everything else unchanged."""
    headers = [(name, value) for name, value in request.headers.items() if name != "x-forwarded-for"]
    before = request.headers.get("x-forwarded-for")
    if before is not None and request.client_ip and before.rpartition(",")[2].strip() == request.client_ip:
        headers.append(("x-forwarded-for", before))
    elif request.client_ip:
        headers.append(("x-forwarded-for", f"{before}, {request.client_ip}" if before else request.client_ip))
    if request.body and "content-length" not in request.headers:
        headers.append(("content-length", str(len(request.body))))
    return Native(request.method, request.raw_path, query_of(request), tuple(headers), request.body)


def decode_response(native: tuple[int, list[tuple[str, str]], Any]) -> Response:
    """Return the response that a service sent as status, headers and body. Header bytes are UTF-8."""
    return sent_response(*native)
