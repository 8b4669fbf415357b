"""HTTP on Cloud Run functions: takes a WSGI environment and body; returns status, headers and body.

Sources: functions-framework `_configure_app`, Cloud Run "quotas" (32 MiB per response).
"""

from __future__ import annotations

import flask

from portable.compute.dispatch import http as dispatch
from portable.eventing import wsgi
from portable_gcp.runtime.context import GcpContext, seconds_of
from portable_gcp.runtime.reply import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.request import Request
    from portable.eventing.response import Response
    from portable.eventing.routing import RouteTable

LIMIT = 33_554_432
"""Bytes of a response over HTTP/1 (Cloud Run quotas)."""


def handler(table: RouteTable, timeout: int) -> Callable[[flask.Request], Reply]:
    """Return the target that serves every HTTP function of an app. `timeout` is the service's, in seconds.

    If it is made while functions-framework loads the target, it also gets the paths that the framework's routes would
    take: /robots.txt and /favicon.ico (404), and paths with `//` (a redirect).
    """
    seconds = seconds_of(timeout)

    def handle(request: flask.Request) -> Reply:
        environ = request.environ
        decoded = decode(environ, request.get_data())
        response = dispatch(table, decoded, GcpContext(environ, request, "http", seconds))
        return wsgi.sendable(response, decoded, reply)

    answer_every_path(handle)
    return handle


def answer_every_path(handle: Callable[[flask.Request], Reply]) -> None:
    """Route to `handle` the paths that the framework serves itself. Does nothing outside an application."""
    if not flask.has_app_context():
        return
    request: Any = flask.request

    def unrouted() -> Reply | None:
        if request.routing_exception is None and request.endpoint == "run":
            return None
        return handle(request._get_current_object())

    flask.current_app.before_request(unrouted)


def reply(response: Response) -> Reply:
    """Return a Flask response. Raises ValueError for a header that HTTP forbids."""
    status, headers, body = encode(response)
    return Reply(body, status, headers)  # bytes would overwrite the Content-Length of HEAD


def decode(environ: dict[str, Any], body: bytes) -> Request:
    """Return the request of a WSGI environment. The last forwarded address is the one that Google saw."""
    forwarded = environ.get("HTTP_X_FORWARDED_FOR")
    client = (forwarded.rpartition(",")[2].strip() if forwarded else None) or environ.get("REMOTE_ADDR")
    return wsgi.read_request(environ, body, client)


def encode(response: Response) -> wsgi.Sent:
    """Return a response's status, headers (one per cookie) and body.

    A response over the limit becomes a 500. A stream has no limit, but one over the limit must be sent without its length.
    """
    chunks = response.chunks
    if chunks is None:
        if len(response.body) > LIMIT:
            response = wsgi.internal_error(f"the response is larger than the limit of {LIMIT} bytes")
    elif chunks.size is not None and chunks.size > LIMIT:
        response.headers = [pair for pair in response.headers if pair[0].lower() != "content-length"]
    return wsgi.write_response(response)
