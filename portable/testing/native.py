"""A request as it reaches a WSGI server, for the test kits of adapters: plain values in, the server's environment out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from portable.eventing.urls import unquote


@dataclass(frozen=True, slots=True)
class NativeRequest:
    """An HTTP request: `path` and `query` as they stand in the request line, header pairs, and the body."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def wsgi(
        self, path: str, headers: Iterable[tuple[str, str]], uri: str, own: Mapping[str, Any], joined: str
    ) -> dict[str, Any]:
        """Return the environment that a server makes of it (PEP 3333).

        `path` is what the server decodes as PATH_INFO, `headers` those that it passes on, values as WSGI holds them;
        `uri` is the variable in which it tells the path as it was sent, `own` has its other variables, and `joined`
        stands between the values of a header that came twice.
        """
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": latin1(unquote(path)),
            "QUERY_STRING": latin1(self.query),
            uri: latin1(f"{self.path}?{self.query}" if self.query else self.path),
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
            **own,
        }
        for name, value in headers:
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
                if key in environ:
                    value = f"{environ[key]}{joined}{value}"
            environ[key] = value
        return environ


def latin1(text: str) -> str:
    """Return text as WSGI holds it: a character for each byte of its UTF-8."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")
