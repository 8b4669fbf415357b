"""An HTTP server on a loopback port with routes of its own: the shape of a cloud's API, with a state that tests look at."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """A request that came: its method, path with the query, headers (names in lower case) and body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Said:
    """An answer; `value` is JSON, or bytes as they are."""

    value: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> bytes:
        return self.value if isinstance(self.value, bytes) else json.dumps(self.value).encode()


Route = tuple[str, str, Callable[[Call], Said]]
"""A method, a pattern of the whole path, and what answers."""


@dataclass
class Routed:
    """The server: its address, its routes, the calls it got, and answers that come before all routes."""

    address: str
    routes: list[Route] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    first: list[Said] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def asked(self, pattern: str) -> list[Call]:
        """Return the calls whose method and path fit a pattern."""
        return [call for call in self.calls if re.search(pattern, f"{call.method} {call.path}")]

    def answer(self, call: Call) -> Said:
        self.calls.append(call)
        if self.first:
            return self.first.pop(0)
        for method, pattern, answer in self.routes:
            if call.method == method and re.fullmatch(pattern, call.path):
                return answer(call)
        return Said({"error": {"code": "NotFound", "message": f"there is no {call.path}"}}, 404)


@contextmanager
def routed() -> Iterator[Routed]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = found.answer(Call(self.command, self.path, headers, body))
            self.send_response(said.status)
            for name, value in said.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body())))
            self.end_headers()
            self.wfile.write(said.body())

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.reply
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Routed(f"127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
