"""A packaged app in a process: its own start command on a port of this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from portable.testing.processes import Answer, HostProcess, free_port
from portable_container.testing.http import Native

NOWHERE = {
    "PORTABLE_POSTGRES": "postgresql://127.0.0.1:1/nowhere",
    "PORTABLE_NATS": "nats://127.0.0.1:1",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}
"""Engines that are not there. An image does not start without their variables, and the kit's own drivers stand for them."""


class ServeProcess(HostProcess):
    """The role `serve` of a bundle, which takes CloudEvents too. It does not write to the bundle."""

    def __init__(
        self, bundle: Path, environment: Mapping[str, str] | None = None, more: Sequence[str] = ("--events",)
    ) -> None:
        """Start the server. Raises RuntimeError, with the log, if it does not start."""
        port = free_port()
        ports = ["--host", "127.0.0.1", "--port", str(port), "--admin-port", str(free_port())]
        variables = {"PYTHONDONTWRITEBYTECODE": "1", "PORTABLE_PROXY": "1", **NOWHERE, **(environment or {})}
        super().__init__([sys.executable, "portable_start.py", "serve", *ports, *more], bundle, variables, port)

    def send(self, native: Native) -> Answer:
        """Return the reply to a request."""
        return self.request(native.method, native.target, native.body, native.headers)
