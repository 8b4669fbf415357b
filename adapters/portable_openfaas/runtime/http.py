"""HTTP on OpenFaaS: the template's event in, a flask response out. The gateway has taken `/function/<name>` off the path.

Sources: openfaas/python-flask-template index.py; waitress (REQUEST_URI is the path before it is decoded; it drops
X-Forwarded-For, so the client's address is what an ingress controller writes in X-Real-Ip).
"""

from __future__ import annotations

import logging

from portable.compute.dispatch import http as dispatch
from portable.errors import HTTPError
from portable.eventing.multidict import join_headers
from portable.eventing.request import Request
from portable.eventing.response import Response, error_response
from portable.eventing.urls import quote
from portable_openfaas.runtime.call import Reply, as_utf8, context_of, health

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.eventing.routing import RouteTable
    from portable_openfaas.runtime.call import Handle


def handler(table: RouteTable, timeout: int) -> Handle:
    """Return the `handle` of every HTTP function of an app. `timeout` in seconds is that of the OpenFaaS function."""

    def handle(event: Any, context: Any) -> Reply:
        probe = health(event)
        if probe is not None:
            return probe
        request = decode(event)
        response = dispatch(table, request, context_of(event, context, "http", timeout))
        try:
            return encode(response)
        except Exception:  # what a handler put into a response after it was made: a header with a line break
            logging.getLogger("portable").exception("%s was answered in a way that HTTP forbids", request)
            return encode(error_response(HTTPError(500, "Internal Server Error")))

    return handle


def decode(event: Any) -> Request:
    """Read the request of an event; a host that does not tell the path as it was sent has its decoded path quoted again."""
    environ = getattr(event.headers, "environ", {})
    path = as_utf8((environ.get("REQUEST_URI") or quote(event.path, b"/!$&'()*+,;=:@")).partition("?")[0])
    told = environ.get("QUERY_STRING")
    query = as_utf8(told) if told is not None else [(k, v) for k in event.query for v in event.query.getlist(k)]
    headers = list(event.headers.items())
    return Request(event.method.upper(), path, query, headers, event.body, event.headers.get("X-Real-Ip") or None)


def encode(response: Response) -> Reply:
    """Return a response as flask sends it, each cookie apart. Raises ValueError for a header that HTTP forbids."""
    headers = join_headers(response.headers)
    if not headers.get("location", "").isascii():  # werkzeug would encode its bytes as if they were latin-1
        from portable.eventing.fields import as_url

        headers["location"] = as_url(headers["location"])
    pairs = [*headers.items(), *(("set-cookie", cookie) for cookie in response.cookies)]
    sent = [(name, value.encode("utf-8", "replace").decode("latin-1")) for name, value in pairs]
    body = response.body
    return Reply([body] if body else [], response.status, sent)
