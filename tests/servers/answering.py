"""An HTTP server on a loopback port: a function from request to reply in, the server's address out."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Reply = tuple[int, Iterable[tuple[str, str]], bytes]
"""A status, headers without Content-Length, and a body."""
Answering = Callable[[str, str, Mapping[str, str], bytes], Reply]
"""Takes method, path with the query, headers (names in lower case) and body."""


@contextmanager
def answering(answer: Answering, certificate: Path | None = None) -> Iterator[str]:
    """Serve until the block ends; yield host and port. With a file that holds a key and its certificate, by TLS."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, given, content = answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in given:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.reply
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
