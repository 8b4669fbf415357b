"""An OpenID Connect provider on this machine: it publishes its configuration and its keys."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class IssuerServer:
    """An identity provider. `answers` are bytes, or a status and a Location, by path."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | tuple[int, str]] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                found = server.answers.get(self.path)
                status, location = found if isinstance(found, tuple) else (404 if found is None else 200, "")
                body = found if isinstance(found, bytes) else b""
                self.send_response(status)
                if location:
                    self.send_header("location", location)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def publish(self, keys: Any, issuer: str | None = None, jwks: str | None = None, under: str = "") -> None:
        configuration = {"issuer": issuer or self.url + under, "jwks_uri": jwks or f"{self.url}/keys"}
        self.answers[f"{under.rstrip('/')}/.well-known/openid-configuration"] = json.dumps(configuration).encode()
        self.answers["/keys"] = json.dumps(keys).encode()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
