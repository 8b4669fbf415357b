"""Takes a portable Request; returns the request that a proxy passes on to the container, and its ASGI scope in uvicorn."""

from __future__ import annotations

from typing import Any

from portable.eventing.request import Request
from portable.eventing.sent_query import query_of
from portable.eventing.urls import unquote
from portable.testing.wsgi import NativeRequest


class Native(NativeRequest):
    """An HTTP request as the server of the container reads it."""

    __slots__ = ()

    def scope(self) -> dict[str, Any]:
        """Return the scope that uvicorn makes (ASGI 3), with the client's address that a trusted proxy tells."""
        headers = [(name.lower().encode("latin-1"), value.encode()) for name, value in self.headers]
        told = next((value for name, value in headers if name == b"x-forwarded-for"), b"").decode("latin-1")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": unquote(self.path),
            "raw_path": self.path.encode(),
            "query_string": self.query.encode(),
            "root_path": "",
            "headers": headers,
            "client": (told.rpartition(",")[2].strip() or "127.0.0.1", 0),
            "server": ("127.0.0.1", 8080),
            "state": {},
        }


def encode_request(request: Request) -> Native:
    """Return the request as a proxy on this machine passes it on: it adds the client's address, and changes nothing else."""
    headers = [(name, value) for name, value in request.headers.multi_items() if name.lower() != "x-forwarded-for"]
    before = request.headers.get("x-forwarded-for")
    told = ", ".join(part for part in (before, request.client_ip) if part)
    if told:
        headers.append(("x-forwarded-for", told))
    if request.body and "content-length" not in request.headers:
        headers.append(("content-length", str(len(request.body))))
    return Native(request.method, request.raw_path, query_of(request), tuple(headers), request.body)
