"""HTTP over WSGI: reads a Request from an environment and a body, and writes a Response for a WSGI server.

Paths are read before WSGI decodes them, so `%2F` and `//` stay as the client sent them. Sources: PEP 3333; gunicorn and
werkzeug (RAW_URI), waitress (REQUEST_URI).
"""

from __future__ import annotations

import logging

from portable.eventing.multidict import join_headers
from portable.eventing.request import Request
from portable.eventing.urls import path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from portable.eventing.response import Response

    T = TypeVar("T")
    Sent = tuple[int, list[tuple[str, str]], Iterable[bytes]]

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=:@")


def read_request(environ: dict[str, Any], body: bytes, client_ip: str | None) -> Request:
    """Return the request of a WSGI environment. The server has joined repeated headers by commas."""
    headers = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
    if environ.get("CONTENT_TYPE"):
        headers.append(("content-type", environ["CONTENT_TYPE"]))
    if environ.get("CONTENT_LENGTH"):
        headers.append(("content-length", environ["CONTENT_LENGTH"]))
    query = as_utf8(environ.get("QUERY_STRING", ""))
    return Request(environ["REQUEST_METHOD"].upper(), raw_path(environ), query, headers, body, client_ip)


def raw_path(environ: dict[str, Any]) -> str:
    """Return the path that the client sent. If the server does not give it, return the decoded path, encoded again."""
    sent = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not sent:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        sent = "".join(c if c in _UNRESERVED else f"%{ord(c):02X}" for c in path)
    return as_utf8(path_of(sent))


def write_response(response: Response) -> Sent:
    """Return a response for a WSGI server: status, headers (one for each cookie), and body.

    The body is empty, one piece, or the chunks of a stream, which the server closes (PEP 3333).
    """
    headers = join_headers(response.headers)
    if not headers.get("location", "").isascii():  # werkzeug would encode it as latin-1
        from portable.eventing.fields import as_url

        headers["location"] = as_url(headers["location"])
    pairs = [*headers.items(), *(("set-cookie", cookie) for cookie in response.cookies)]
    body: Any = response._content
    if isinstance(body, str):
        body = body.encode()
    if isinstance(body, bytes):
        body = [body] if body else []
    return response.status, [(name, as_latin1(value)) for name, value in pairs], body


def sendable(response: Response, request: Request, send: Callable[[Response], T]) -> T:
    """Return the result of `send`, or a 500 if a handler put something into the response that HTTP forbids."""
    try:
        return send(response)
    except Exception:  # a header was added after the response was made, for example with a line break
        logging.getLogger("portable").exception(
            "the response to %s has a header that HTTP forbids, so it is replaced by a 500", request
        )
        if response.chunks is not None:
            response.chunks.close()
        return send(internal_error())


def internal_error(detail: str = "Internal Server Error") -> Response:
    """Return the 500 for a response that cannot be sent."""
    from portable.errors import HTTPError
    from portable.eventing.error_replies import error_response

    return error_response(HTTPError(500, detail))


def as_utf8(text: str) -> str:
    """Return text of WSGI as Unicode. WSGI holds UTF-8 bytes as latin-1 text."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def as_latin1(text: str) -> str:
    """Return Unicode as text of WSGI: one latin-1 character for each byte of its UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")
