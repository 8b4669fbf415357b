"""Serves the OpenAPI document of an app, and its page: takes what packaging made of them; returns their handlers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from portable.eventing.request import Request
    from portable.eventing.response import Response

    Handler = Callable[[Request], Response]

SERVERS = '"servers":[{"url":"/"}]'
"""The place in a document for the address of the app. In the text of JSON it cannot stand elsewhere before."""


def document(packed: str) -> Handler:
    """Return the handler of a document. Its server is the app on the same host, below the stage or prefix of the request."""

    def handle(request: Request) -> Response:
        return _response(request, _with_server(_unpacked(packed), request.root_path), "application/json", [])

    return handle


def page(packed: str, policy: str) -> Handler:
    """Return the handler of a page. `policy` is its Content-Security-Policy."""

    def handle(request: Request) -> Response:
        headers = [("content-security-policy", policy), ("x-content-type-options", "nosniff")]
        return _response(request, _unpacked(packed), "text/html", [*headers, ("referrer-policy", "no-referrer")])

    return handle


def _with_server(text: str, root: str) -> str:
    from json import dumps

    return text.replace(SERVERS, f'"servers":[{{"url":{dumps(root or "/")}}}]', 1)


def _unpacked(packed: str) -> str:
    """Return a text that was packed with zlib, and is ASCII in the generated module."""
    from binascii import a2b_base64
    from zlib import decompress

    return decompress(a2b_base64(packed)).decode()


def _response(request: Request, text: str, media_type: str, headers: list[tuple[str, str]]) -> Response:
    from portable.eventing.response import Response

    cached = "no-cache" if request.principal is None else "private, no-cache"
    return Response(text, 200, [("cache-control", cached), *headers], media_type).conditional(request)
