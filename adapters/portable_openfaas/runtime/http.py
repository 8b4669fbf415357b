"""HTTP on OpenFaaS: takes the template's event; returns a Flask response. The path comes without `/function/<name>`.

Sources: openfaas/python-flask-template index.py; waitress (REQUEST_URI is the path before it is decoded; it drops
X-Forwarded-For, so the client's address is read from X-Real-Ip, which an ingress controller writes).
"""

from __future__ import annotations

from portable.compute.dispatch import http as dispatch
from portable.compute.streaming_context import StreamingContext
from portable.eventing import wsgi
from portable_openfaas.runtime.call import Reply, context_of, health

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.eventing.request import Request
    from portable.eventing.response import Response
    from portable.eventing.routing import RouteTable
    from portable_openfaas.runtime.call import Handle


def handler(table: RouteTable, timeout: int) -> Handle:
    """Return the `handle` of every HTTP function of an app. `timeout` in seconds is that of the OpenFaaS function."""

    def handle(event: Any, context: Any) -> Reply:
        probe = health(event)
        if probe is not None:
            return probe
        request = decode(event)
        response = dispatch(table, request, context_of(event, context, "http", timeout, StreamingContext))
        return wsgi.sendable(response, request, encode)

    return handle


def decode(event: Any) -> Request:
    """Return the request of an event. It is read from the WSGI environment that Flask's headers hold."""
    return wsgi.read_request(event.headers.environ, event.body, event.headers.get("X-Real-Ip") or None)


def encode(response: Response) -> Reply:
    """Return a Flask response, with one header per cookie. Raises ValueError for a header that HTTP forbids."""
    status, headers, body = wsgi.write_response(response)
    return Reply(body, status, headers)
