"""An Event Grid custom topic on a loopback port that checks each event against CloudEvents 1.0 and hands it on.

Rules: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and formats/json-format.md; batches are
application/cloudevents-batch+json. A delivery to a storage queue is the event's JSON.
"""

from __future__ import annotations

import json
import re
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "key-of-the-topic"
_NAME = re.compile(r"[a-z0-9]{1,20}")
_TEXT = ("id", "source", "type", "specversion", "subject", "datacontenttype", "dataschema", "time")


def problem(event: Any) -> str | None:
    """Say what is wrong with an event in the JSON format, None when nothing is."""
    if not isinstance(event, dict):
        return "an event is a JSON object"
    for name in ("id", "source", "type", "specversion"):
        if not isinstance(event.get(name), str) or not event[name]:
            return f"{name} must be text that is not empty"
    if event["specversion"] != "1.0":
        return "specversion must be 1.0"
    if "data" in event and "data_base64" in event:
        return "data and data_base64 exclude each other"
    for name, value in event.items():
        if name in ("data", "data_base64"):
            continue
        if not _NAME.fullmatch(name):
            return f"attribute name {name} must be 1 to 20 lower case letters and digits"
        if name in _TEXT and not isinstance(value, str):
            return f"{name} must be text"
        if not isinstance(value, (str, bool, int)):
            return f"attribute {name} must be text, a truth value or an integer"
    if "time" in event:
        datetime.fromisoformat(event["time"])
    if "data_base64" in event:
        b64decode(event["data_base64"], validate=True)
    return None


@contextmanager
def eventgrid(deliver: Callable[[str], None]) -> Iterator[str]:
    """Serve a topic until the block ends; yield its endpoint. Each event that was taken goes to `deliver` as JSON."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("aeg-sas-key") != KEY:
                return self.answer(401, {"error": {"code": "Unauthorized", "message": "no such key"}})
            if "/gone/" in self.path:
                return self.answer(404, {"error": {"code": "NotFound", "message": "no such topic"}})
            if not self.headers["Content-Type"].startswith("application/cloudevents-batch+json"):
                return self.answer(400, {"error": {"code": "BadRequest", "message": "not a batch of CloudEvents"}})
            events = json.loads(body)
            wrong = next((found for event in events if (found := problem(event))), None)
            if wrong:
                return self.answer(400, {"error": {"code": "BadRequest", "message": wrong}})
            for event in events:
                deliver(json.dumps(event))
            return self.answer(200, None)

        def answer(self, status: int, value: Any) -> None:
            body = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/events"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
