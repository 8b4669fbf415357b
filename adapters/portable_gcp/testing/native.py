"""A request as Google Cloud sends it to a service: takes plain values; returns a WSGI environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from portable.eventing.urls import unquote


@dataclass(frozen=True, slots=True)
class Native:
    """An HTTP request: `path` and `query` as in the request line, header pairs, and the body."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def environ(self) -> dict[str, Any]:
        """Return the WSGI environment that gunicorn makes from the request (PEP 3333; RAW_URI is gunicorn's)."""
        uri = f"{self.path}?{self.query}" if self.query else self.path
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": _latin1(unquote(self.path)),
            "QUERY_STRING": _latin1(self.query),
            "RAW_URI": _latin1(uri),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "169.254.1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers:
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
                if key in environ:
                    value = f"{environ[key]},{value}"
            environ[key] = value
        return environ


def now() -> str:
    """Return the current time as Google's services write it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _latin1(text: str) -> str:
    return text.encode().decode("latin-1")
