"""Requests of platforms that call WSGI applications: plain values in; an environment, JSON values and responses out."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

from portable.eventing.response import Response
from portable.eventing.urls import unquote


@dataclass(frozen=True, slots=True)
class NativeRequest:
    """An HTTP request: `path` and `query` as they stand in the request line, header pairs, and the body.

    An adapter's own class adds `environ()`.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def fields(self) -> dict[str, Any]:
        """Return the request as JSON values."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": [list(pair) for pair in self.headers],
            **body_fields(self.body),
        }

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Return the request of JSON values."""
        headers = fields.get("headers", ())
        pairs = headers.items() if isinstance(headers, dict) else headers
        given = tuple((name, value) for name, value in pairs)
        return cls(fields["method"], fields["path"], fields.get("query", ""), given, body_of(fields))

    def environment(
        self, added: Mapping[str, str], headers: Iterable[tuple[str, str]], joined: str, path: str
    ) -> dict[str, Any]:
        """Return a WSGI environment (PEP 3333). `added` is what the server adds, `joined` joins repeated headers."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": as_latin1(unquote(path)),
            "QUERY_STRING": as_latin1(self.query),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **added,
        }
        for name, value in headers:
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
                if key in environ:
                    value = f"{environ[key]}{joined}{value}"
            environ[key] = value
        return environ


def as_latin1(text: str) -> str:
    """Return text as WSGI carries it: each character is a byte of its UTF-8."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def sent_response(status: int, headers: Iterable[tuple[str, str]], body: bytes | Iterable[bytes]) -> Response:
    """Return the response that an application sent, as a stream if its body is an iterator; header bytes are UTF-8."""
    fields = [(name, value.encode("latin-1").decode("utf-8", "replace")) for name, value in headers]
    return Response(body, status, fields) if isinstance(body, bytes) else Response.stream(body, None, status, fields)


def body_fields(body: bytes) -> dict[str, str]:
    """Return a body as JSON values: text as it is, anything else as base64."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(body).decode()}


def body_of(fields: Mapping[str, Any]) -> bytes:
    """Return the body in JSON values."""
    if "body_base64" in fields:
        return b64decode(fields["body_base64"])
    return str(fields.get("body", "")).encode()
