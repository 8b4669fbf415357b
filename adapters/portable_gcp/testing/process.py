"""One target of an artifact in the real functions-framework, under gunicorn as on Cloud Run or its development server."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.testing.processes import Answer, HostProcess, free_port
from portable_gcp.testing.native import Native


class ServiceProcess(HostProcess):
    """A running service. `close` or the end of a `with` block ends it. It does not write to the bundle."""

    def __init__(
        self,
        bundle: Path,
        target: str,
        environment: Mapping[str, str] | None = None,
        *,
        source: str = "main.py",
        development: bool = False,
        port: int = 0,
    ) -> None:
        """Start a target of a bundle. Raises RuntimeError, with the log, if the server does not start."""
        port = port or free_port()
        command = [sys.executable, "-m", "functions_framework", "--target", target, "--source", source]
        variables = {
            "PYTHONPATH": str(bundle),  # before portable itself, which is installed in the environment of the tests
            "PYTHONDONTWRITEBYTECODE": "1",
            "PORTABLE_TARGET": "gcp",
            "GOOGLE_CLOUD_PROJECT": "test-project",
            "K_SERVICE": target,
            "CLOUD_RUN_TIMEOUT_SECONDS": "60",
            "THREADS": "8",
            **({"DEBUG": "1"} if development else {}),
            **(environment or {}),
        }
        super().__init__([*command, "--host", "127.0.0.1", "--port", str(port)], bundle, variables, port)

    def send(self, native: Native) -> Answer:
        """Return the reply to a request of Google Cloud."""
        return self.request(native.method, native.target, native.body, native.headers)

    def post(self, event: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the reply to an event, posted to / as JSON."""
        given = {"content-type": "application/json", **(headers or {})}
        return self.request("POST", "/", json.dumps(event).encode(), given)
