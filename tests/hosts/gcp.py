"""The real functions-framework on a bundle: under gunicorn, as on Cloud Run, or under its development server."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.process import free_port, running


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply: status, header pairs with lower-case names, and body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's values joined by ", ", None when it is absent."""
        return ", ".join(self.all(name)) or None

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    def json(self) -> Any:
        """Return the body from JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: `request` sends it one; `log` is what it wrote."""

    port: int
    log_file: Path

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: list[tuple[str, str]] | dict[str, str] | None = None,
    ) -> Answer:
        """Send a request exactly as it is written, the path unquoted and headers repeated, and return the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            pairs = list(headers.items()) if isinstance(headers, dict) else headers or []
            for name, value in pairs:
                connection.putheader(name, value)
            if body or method in ("POST", "PUT", "PATCH"):
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body or None)
            reply = connection.getresponse()
            fields = [(name.lower(), value) for name, value in reply.getheaders()]
            return Answer(reply.status, fields, reply.read())
        finally:
            connection.close()

    def post(self, event: Any, headers: dict[str, str] | None = None) -> Answer:
        """Send an event as Google Cloud does: a POST to / with JSON, or with bytes as they are."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.request("POST", "/", body, {"content-type": "application/json", **(headers or {})})

    @property
    def log(self) -> str:
        """What the service wrote so far."""
        return self.log_file.read_text(errors="replace")


@contextmanager
def service(
    bundle: Path,
    target: str,
    log_file: Path,
    environment: dict[str, str] | None = None,
    development: bool = False,
    source: str = "main.py",
    port: int = 0,
) -> Iterator[Service]:
    """Start functions-framework on a target of a bundle and stop it at the end. The bundle is not written to."""
    port = port or free_port()
    command = [sys.executable, "-m", "functions_framework", "--target", target, "--source", source]
    with running(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        port,
        log_file,
        {
            "PYTHONPATH": str(bundle),  # before the project itself, which is installed where the tests run
            "PYTHONDONTWRITEBYTECODE": "1",
            "PORTABLE_TARGET": "gcp",
            "CLOUD_RUN_TIMEOUT_SECONDS": "60",
            "GOOGLE_CLOUD_PROJECT": "test-project",
            "K_SERVICE": target,
            "THREADS": "8",
            **({"DEBUG": "1"} if development else {}),
            **(environment or {}),
        },
        bundle,
    ):
        yield Service(port, log_file)


def doctor(bundle: Path, commands: list[list[str]]) -> list[subprocess.CompletedProcess[str]]:
    """Run a target's doctor commands in a bundle, as `portable doctor` does."""
    environment = {**os.environ, "PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1"}
    return [
        subprocess.run(command, cwd=bundle, env=environment, capture_output=True, text=True, check=False)
        for command in commands
    ]
