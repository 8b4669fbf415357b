"""An HTTP server on a loopback port that gives scripted answers: what services say when they are busy, broken or closed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Scripted:
    """The server: its URL, the answers it gives, the last one for ever, and the bodies of the requests it got."""

    url: str
    answers: list[Answer]
    requests: list[bytes] = field(default_factory=list)

    def play(self, *answers: Answer) -> None:
        """Begin anew with other answers."""
        self.answers[:] = answers
        self.requests.clear()


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            found.requests.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            answer = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Scripted(f"http://127.0.0.1:{server.server_port}", [Answer(500)])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
