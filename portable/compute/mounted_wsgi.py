"""Calls a mounted WSGI app: takes a Request; returns the Response. Source: PEP 3333."""

from __future__ import annotations

import sys
from io import BytesIO

from portable.compute.mounted import Resources, Started, origin, pairs
from portable.eventing.sent_query import query_of
from portable.eventing.urls import unquote_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.context import Context
    from portable.compute.mounted import Declared
    from portable.eventing.request import Request
    from portable.eventing.response import Response


def handler(app: Any, prefix: str, function: str, declared: Declared) -> Callable[[Request, Context], Response]:
    """Return the handler that calls a WSGI app. `prefix` is the path below which it answers."""
    resources = Resources(declared, function)
    encoded = prefix.encode()

    def handle(request: Request, context: Context) -> Response:
        environ = environment(request, encoded)
        environ["portable.resources"] = resources
        environ["portable.context"] = context
        environ["portable.principal"] = request.principal
        started = Started(function)
        if context._streams and request.method != "HEAD":
            from portable.compute.mounted_iterables import streamed

            return streamed(app, environ, started)
        parts = app(environ, started.start)
        try:
            body = b"".join([*started.written, *parts])
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        return started.response(request.method, b"" if request.method == "HEAD" else body)

    return handle


def environment(request: Request, prefix: bytes) -> dict[str, Any]:
    """Return the WSGI environment of a request. Its texts hold bytes as latin-1."""
    headers: dict[str, str] = {}
    for name, value in pairs(request):
        key = name.lower()
        known = headers.get(key)
        headers[key] = value if known is None else f"{known}{'; ' if key == 'cookie' else ', '}{value}"
    scheme, host, port = origin(headers)
    query = query_of(request)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": f"{request.root_path}{prefix.decode('latin-1')}",
        "PATH_INFO": unquote_bytes(request.raw_path)[len(prefix) :].decode("latin-1"),
        "QUERY_STRING": query.encode().decode("latin-1"),
        "REQUEST_URI": f"{request.root_path}{request.raw_path}{'?' if query else ''}{query}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client_ip or "",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if "content-type" in headers:
        environ["CONTENT_TYPE"] = headers["content-type"]
    for key, value in headers.items():
        if key not in ("content-type", "content-length", "transfer-encoding") and "_" not in key:
            environ[f"HTTP_{key.upper().replace('-', '_')}"] = value.encode("latin-1", "replace").decode("latin-1")
    return environ
