"""HTTP on Cloud Run functions: a WSGI environment and body in, status, headers and body out.

Paths are read before WSGI decodes them, so `%2F` and `//` stay what the client sent. Sources: PEP 3333, gunicorn and
werkzeug (RAW_URI), functions-framework `_configure_app`, Cloud Run "quotas" (32 MiB a response).
"""

from __future__ import annotations

import logging

import flask

from portable.compute.dispatch import http as dispatch
from portable.errors import HTTPError
from portable.eventing.multidict import join_headers
from portable.eventing.request import Request
from portable.eventing.response import Response, error_response
from portable_gcp.runtime.context import GcpContext, seconds_of
from portable_gcp.runtime.reply import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.routing import RouteTable

LIMIT = 33_554_432
"""Bytes of a response over HTTP/1 (Cloud Run quotas)."""
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=:@")


def handler(table: RouteTable, timeout: int) -> Callable[[flask.Request], Reply]:
    """Return the target that answers every HTTP function of an app. `timeout` in seconds is the service's.

    Made while functions-framework loads the target, it also answers what the framework's own routes would: /robots.txt
    and /favicon.ico with 404, and a path with `//` by a redirect.
    """
    seconds = seconds_of(timeout)

    def handle(request: flask.Request) -> Reply:
        environ = request.environ
        decoded = decode(environ, request.get_data())
        response = dispatch(table, decoded, GcpContext(environ, request, "http", seconds))
        try:
            return reply(response)
        except Exception:  # what a handler put into a response after it was made: a header with a line break
            logging.getLogger("portable").exception("%s was answered in a way that HTTP forbids", decoded)
            return reply(error_response(HTTPError(500, "Internal Server Error")))

    answer_every_path(handle)
    return handle


def answer_every_path(handle: Callable[[flask.Request], Reply]) -> None:
    """Give `handle` the paths that the framework keeps from its target. Nothing to do outside an application."""
    if not flask.has_app_context():
        return
    request: Any = flask.request

    def unrouted() -> Reply | None:
        if request.routing_exception is None and request.endpoint == "run":
            return None
        return handle(request._get_current_object())

    flask.current_app.before_request(unrouted)


def reply(response: Response) -> Reply:
    """Return a response as flask sends it. Raises ValueError for a header that HTTP forbids."""
    status, headers, body = encode(response)
    return Reply([body] if body else [], status, headers)  # bytes would overwrite the Content-Length of HEAD


def decode(environ: dict[str, Any], body: bytes) -> Request:
    """Read the request of a WSGI environment. Repeated headers were joined by the server, by a comma."""
    headers = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
    if environ.get("CONTENT_TYPE"):
        headers.append(("content-type", environ["CONTENT_TYPE"]))
    if environ.get("CONTENT_LENGTH"):
        headers.append(("content-length", environ["CONTENT_LENGTH"]))
    forwarded = environ.get("HTTP_X_FORWARDED_FOR")
    return Request(
        environ["REQUEST_METHOD"].upper(),
        raw_path(environ),
        as_utf8(environ.get("QUERY_STRING", "")),
        headers,
        body,
        (forwarded.rpartition(",")[2].strip() if forwarded else None) or environ.get("REMOTE_ADDR"),
    )


def raw_path(environ: dict[str, Any]) -> str:
    """Return the path as the client sent it, or, from a server that does not tell, the decoded path quoted again."""
    sent = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not sent:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        sent = "".join(c if c in _UNRESERVED else f"%{ord(c):02X}" for c in path)
    elif sent[0] != "/" and "://" in sent:  # the absolute form, sent to proxies (RFC 9112, section 3.2.2)
        sent = "/" + sent.partition("://")[2].partition("/")[2]
    path = as_utf8(sent.partition("?")[0].partition("#")[0])
    return path if path[:1] == "/" else f"/{path}"


def as_utf8(text: str) -> str:
    """Return text that WSGI holds as latin-1 as the UTF-8 it is."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def encode(response: Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Write a response: its status, headers with each cookie apart, and body. Over the limit it becomes a 500."""
    body = response.body
    if len(body) > LIMIT:
        response = error_response(HTTPError(500, f"the response is over the limit of {LIMIT} bytes"))
        body = response.body
    headers = join_headers(response.headers)
    if not headers.get("location", "").isascii():  # werkzeug would encode its bytes as if they were latin-1
        from portable.eventing.fields import as_url

        headers["location"] = as_url(headers["location"])
    pairs = [*headers.items(), *(("set-cookie", cookie) for cookie in response.cookies)]
    return response.status, [(name, as_latin1(value)) for name, value in pairs], body


def as_latin1(text: str) -> str:
    """Return text as WSGI holds it: its UTF-8, one character a byte."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")
