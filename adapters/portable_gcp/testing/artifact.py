"""A packaged artifact in the real functions-framework: requests in, answers out, over loopback.

A process is started at the first request of its target and ended by `close`.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from portable.tooling.plan import Plan
from portable_gcp.testing.host import RunHost
from portable_gcp.testing.native import Native

LONGEST = 60.0
"""Seconds to wait for a process to listen, or for its answer."""


class ArtifactHost(RunHost):
    """The targets of an artifact, each in a functions-framework of its own."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        super().__init__(plan, dict)  # type: ignore[arg-type]  # nothing is loaded here
        self._source = plan.functions[0].details["source"]
        self._bundle = bundle
        self._environment = environment
        self._path = path
        self._running: dict[str, tuple[int, subprocess.Popen[bytes]]] = {}
        self._logs = tempfile.TemporaryDirectory(prefix="portable-artifact-")

    def close(self) -> None:
        """End every process."""
        for _, process in self._running.values():
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
        self._logs.cleanup()

    def _call(self, target: str, native: Native) -> tuple[int, list[tuple[str, str]], bytes]:
        port, _ = self._running.get(target) or self._start(target)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        try:
            uri = f"{native.path}?{native.query}" if native.query else native.path
            connection.putrequest(native.method, uri, skip_host=True, skip_accept_encoding=True)
            names = {name.lower() for name, _ in native.headers}
            if "host" not in names:
                connection.putheader("host", "testserver")
            for name, value in native.headers:
                connection.putheader(name, value.encode())
            if "content-length" not in names and (native.body or native.method in ("POST", "PUT", "PATCH")):
                connection.putheader("content-length", str(len(native.body)))
            connection.endheaders(native.body or None)
            reply = connection.getresponse()
            own = ("server", "date", "connection")
            headers = [(name, value) for name, value in reply.getheaders() if name.lower() not in own]
            return reply.status, headers, reply.read()
        finally:
            connection.close()

    def _start(self, target: str) -> tuple[int, subprocess.Popen[bytes]]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        log = Path(self._logs.name, f"{target}.log")
        command = [sys.executable, "-m", "functions_framework", "--target", target, "--source", self._source]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(port)],
                cwd=self._bundle,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": f"{self._path}{os.pathsep}{self._bundle}",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PORTABLE_TARGET": "gcp",
                    "K_SERVICE": target,
                    "GOOGLE_CLOUD_PROJECT": "test-project",
                    **self._environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        found = self._running[target] = (port, process)
        ends = time.monotonic() + LONGEST
        while process.poll() is None and time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return found
            time.sleep(0.05)
        raise RuntimeError(f"{target} does not start:\n{log.read_text(errors='replace')[-4000:]}")


def host(plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> ArtifactHost:
    """Return the host of an artifact; `environment` and `path` are the kit's, for every process that is started."""
    return ArtifactHost(plan, bundle, environment, path)
