"""HTTP over WSGI: an environment and a body in, a Request out; a Response in, what a WSGI server sends out.

Paths are read before WSGI decodes them, so `%2F` and `//` stay what the client sent. Sources: PEP 3333; gunicorn and
werkzeug (RAW_URI), waitress (REQUEST_URI).
"""

from __future__ import annotations

import logging

from portable.errors import HTTPError
from portable.eventing.multidict import join_headers
from portable.eventing.request import Request
from portable.eventing.response import Response, error_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")
    Sent = tuple[int, list[tuple[str, str]], bytes]

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=:@")


def read_request(environ: dict[str, Any], body: bytes, client_ip: str | None) -> Request:
    """Return the request of a WSGI environment. The server has joined repeated headers, by a comma."""
    headers = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
    if environ.get("CONTENT_TYPE"):
        headers.append(("content-type", environ["CONTENT_TYPE"]))
    if environ.get("CONTENT_LENGTH"):
        headers.append(("content-length", environ["CONTENT_LENGTH"]))
    query = as_utf8(environ.get("QUERY_STRING", ""))
    return Request(environ["REQUEST_METHOD"].upper(), raw_path(environ), query, headers, body, client_ip)


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


def write_response(response: Response) -> Sent:
    """Return a response as a WSGI server sends it: status, headers with each cookie apart, and body."""
    headers = join_headers(response.headers)
    if not headers.get("location", "").isascii():  # werkzeug would encode its bytes as if they were latin-1
        from portable.eventing.fields import as_url

        headers["location"] = as_url(headers["location"])
    pairs = [*headers.items(), *(("set-cookie", cookie) for cookie in response.cookies)]
    return response.status, [(name, as_latin1(value)) for name, value in pairs], response.body


def sendable(response: Response, request: Request, send: Callable[[Response], T]) -> T:
    """Return what `send` makes of a response; a 500 when a handler put something into it that HTTP forbids."""
    try:
        return send(response)
    except Exception:  # a header with a line break that was put in after the response was made
        logging.getLogger("portable").exception("%s was answered with a header that HTTP forbids", request)
        return send(error_response(HTTPError(500, "Internal Server Error")))


def as_utf8(text: str) -> str:
    """Return text that WSGI holds as latin-1 as the UTF-8 that it is."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def as_latin1(text: str) -> str:
    """Return text as WSGI holds it: its UTF-8, one character for each byte."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")
