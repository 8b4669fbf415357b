"""A request as the template's server gets it: takes plain values; returns the WSGI environment that waitress makes."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from portable.eventing.urls import unquote


@dataclass(frozen=True, slots=True)
class Native:
    """An HTTP request: `path` and `query` as they stand in the request line, header pairs, and the body."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def environ(self) -> dict[str, Any]:
        """Return the environment.

        As in waitress, repeated headers are joined by a comma. Headers with an underscore and headers of proxies
        (X-Forwarded-For and similar) are dropped, because the template trusts no proxy.
        """
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": _latin1(unquote(f"/{self.path.lstrip('/')}")),
            "QUERY_STRING": _latin1(self.query),
            "REQUEST_URI": _latin1(f"{self.path}?{self.query}" if self.query else self.path),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "5000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in (*self.headers, ("content-length", str(len(self.body)))):
            if "_" in name or name.lower().startswith(("x-forwarded-", "forwarded")):
                continue
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
                if key in environ:
                    value = f"{environ[key]}, {value}"
            environ[key] = _latin1(value)
        return environ


def _latin1(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")
