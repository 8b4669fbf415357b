"""A Key Vault on a loopback port, over TLS with a certificate of its own: secrets are read, written, and their versions listed.

https://learn.microsoft.com/rest/api/keyvault/secrets; a call without a token is challenged, as the service does.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from servers.certificate import make_certificate

TOKEN = "token-of-the-app"


@contextmanager
def keyvault(folder: Path, secrets: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Serve a vault until the block ends; yield its URL and the certificate to trust. Names in `denied-…` are refused."""
    certificate = folder / "vault.pem"
    make_certificate(certificate)
    values = {name: [value] for name, value in secrets.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.handle_secret(lambda name: None)

        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            self.handle_secret(lambda name: values.setdefault(name, []).append(body["value"]))

        def handle_secret(self, write: Callable[[str], None]) -> None:
            challenge = 'Bearer authorization="https://login.windows.net/tenant", resource="https://vault.azure.net"'
            if self.headers.get("Authorization") is None:
                return self.answer(401, {"error": {"code": "Unauthorized"}}, challenge)
            _, kind, name, asked, *_ = [*urlsplit(self.path).path.split("/"), "", ""]
            if self.headers["Authorization"] != f"Bearer {TOKEN}" or name.startswith("denied-"):
                return self.answer(403, {"error": {"code": "Forbidden", "message": "not allowed"}})
            write(name)
            if kind != "secrets" or name not in values:
                return self.answer(404, {"error": {"code": "SecretNotFound", "message": f"no secret {name}"}})
            whole = f"https://{self.headers['Host']}/secrets/{name}"
            if asked == "versions":
                found = [{"id": f"{whole}/{number:032x}", "attributes": {}} for number, _ in enumerate(values[name])]
                return self.answer(200, {"value": found, "nextLink": None})
            identifier = f"{whole}/0123456789abcdef0123456789abcdef"
            return self.answer(200, {"value": values[name][-1], "id": identifier, "attributes": {"enabled": True}})

        def answer(self, status: int, value: Any, challenge: str | None = None) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            if challenge:
                self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", certificate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
