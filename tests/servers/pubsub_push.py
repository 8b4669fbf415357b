"""What Pub/Sub's emulator leaves out of a push: a relay in front of a service that adds `deliveryAttempt`.

The emulator counts deliveries (it buries a message after the subscription's limit) but does not tell the count; the
service tells it to subscriptions with a dead letter policy (Pub/Sub "push subscriptions").
"""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Relay(ThreadingHTTPServer):
    """Forwards pushes to a port of 127.0.0.1, each with how often its message came by."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = port
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


@contextmanager
def counting(port: int) -> Iterator[Relay]:
    """Relay to a port until the block ends."""
    relay = Relay(port)
    threading.Thread(target=relay.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield relay
    finally:
        relay.shutdown()
        relay.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Relay

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        push = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = push["message"]["messageId"]
        with self.server.lock:
            self.server.seen[message] += 1
            push["deliveryAttempt"] = self.server.seen[message]
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request("POST", "/", json.dumps(push), {"content-type": "application/json"})
            status = connection.getresponse().status
        finally:
            connection.close()
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
