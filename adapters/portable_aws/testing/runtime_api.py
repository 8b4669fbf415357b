"""The Lambda Runtime API on loopback, which the runtime client polls: takes an event; returns the function's reply or error.

Source: Lambda "Runtime API".
"""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from portable_aws.testing.context import ACCOUNT, REGION

PREFIX = "/2018-06-01/runtime/"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
"""X-Ray's trace of every call."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of a function: whether it is `ok` or an error, and its JSON payload."""

    ok: bool
    payload: Any


class RuntimeApi(ThreadingHTTPServer):
    """Serves one function process, on `server_port`. `ready` is set when the process has loaded or failed to load."""

    daemon_threads = True

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[str, bytes, float]] = queue.Queue()
        self.replies: dict[str, queue.Queue[Reply]] = {}
        self.ready = threading.Event()
        self.init_error: Any = None
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def send(self, event: Any, seconds: float) -> queue.Queue[Reply]:
        """Pass an event to the function, which has this many `seconds`. Return the queue that will hold its reply."""
        request_id = str(uuid.uuid4())
        replies = self.replies[request_id] = queue.Queue()
        self.events.put((request_id, json.dumps(event).encode(), seconds))
        return replies

    def close(self) -> None:
        """Stop serving."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing: a process that is ended resets its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536  # sends a reply as one packet; otherwise each call waits 40 ms for a delayed ACK
    server: RuntimeApi  # pyright: ignore[reportIncompatibleVariableOverride]  # it serves nothing else

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Write no log."""

    def do_GET(self) -> None:
        """Send the next event."""
        if self.path != f"{PREFIX}invocation/next":
            self._send(404, b"", {})
            return
        self.server.ready.set()
        request_id, event, seconds = self.server.events.get()
        self._send(
            200,
            event,
            {
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:test",
                "Lambda-Runtime-Trace-Id": TRACE,
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        """Take a reply or an error."""
        body = self._body()
        payload = json.loads(body) if body else None
        *_, where, what = self.path.split("/")
        if where == "init":
            self.server.init_error = payload
            self.server.ready.set()
        elif where in self.server.replies:
            self.server.replies.pop(where).put(Reply(what == "response", payload))
        self._send(202, b'{"status":"OK"}', {})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
