"""The Lambda Runtime API on loopback: what `awslambdaric` polls. Invoke an event, get its reply or error."""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/2018-06-01/runtime/"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the function answered: `ok` or an error, its JSON payload and the error's type."""

    ok: bool
    payload: Any
    error_type: str | None = None


class RuntimeApi:
    """Serves one function process. `port` is where AWS_LAMBDA_RUNTIME_API points."""

    def __init__(self, timeout: float = 30.0) -> None:
        self.timeout = timeout
        self.pending: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.replies: dict[str, queue.Queue[Reply]] = {}
        self.init_error: Any = None
        self.ready = threading.Event()
        self.server = _Server(self)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()

    def invoke(self, event: Any) -> Reply:
        """Hand an event to the function and wait for what it answers. Raises queue.Empty after the timeout."""
        request_id = str(uuid.uuid4())
        replies = self.replies[request_id] = queue.Queue()
        self.pending.put((request_id, json.dumps(event).encode()))
        try:
            return replies.get(timeout=self.timeout)
        finally:
            del self.replies[request_id]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed function process resets its connection: nothing to say."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536  # one packet a reply: without it each call waits 40 ms for a delayed ACK
    server: _Server

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        api = self.server.api
        if self.path != f"{PREFIX}invocation/next":
            return self._send(404, b"")
        api.ready.set()
        request_id, event = api.pending.get()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + api.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:test",
            "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "Content-Type": "application/json",
        }
        return self._send(200, event, headers)

    def do_POST(self) -> None:
        api = self.server.api
        body = self._read()
        *_, where, what = self.path.split("/")
        if where == "init":
            api.init_error = json.loads(body)
            api.ready.set()
        elif where in api.replies:
            payload = json.loads(body) if body else None
            api.replies[where].put(
                Reply(what == "response", payload, self.headers.get("Lambda-Runtime-Function-Error-Type"))
            )
        self._send(202, b'{"status":"OK"}')

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
