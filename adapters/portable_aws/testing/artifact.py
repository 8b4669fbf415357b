"""A packaged artifact in the real Lambda runtime client (`awslambdaric`): events in, replies out, over a Runtime API here.

Source: Lambda "Runtime API". A process is started at the first event of its function and ended by `close`.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable_aws.testing.context import ACCOUNT, REGION
from portable_aws.testing.host import LambdaHost

PREFIX = "/2018-06-01/runtime"
LONGEST = 60.0
"""Seconds to wait for a function's answer."""


class Failed(Exception):
    """The function failed: what the runtime client reported of it."""


class RuntimeApi(ThreadingHTTPServer):
    """What one runtime client polls."""

    daemon_threads = True

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[str, bytes, float]] = queue.Queue()
        self.replies: queue.Queue[tuple[bool, Any]] = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a process that is ended resets its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    server: RuntimeApi  # pyright: ignore[reportIncompatibleVariableOverride]  # it serves nothing else

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        """Hand out the next event."""
        request_id, event, seconds = self.server.events.get()
        self._send(
            200,
            event,
            {
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:test",
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        """Take a reply or an error."""
        body = self._body()
        good = self.path.endswith("/response")
        self.server.replies.put((good, json.loads(body) if body else None))
        self._send(202, b"{}", {})

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


class ArtifactHost(LambdaHost):
    """The functions of an artifact, each in a runtime client of its own."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        super().__init__(plan, dict, lambda: LONGEST)  # type: ignore[arg-type]  # nothing is loaded here
        self._bundle = bundle
        self._environment = environment
        self._path = path
        self._running: dict[str, tuple[RuntimeApi, subprocess.Popen[bytes], Path]] = {}
        self._logs = tempfile.TemporaryDirectory(prefix="portable-artifact-")

    def close(self) -> None:
        """End every process."""
        for api, process, _ in self._running.values():
            process.kill()
            process.wait()
            api.shutdown()
            api.server_close()
        self._running.clear()
        self._logs.cleanup()

    def _call(self, function: FunctionModel, event: dict[str, Any]) -> Any:
        api, process, log = self._running.get(function.name) or self._start(function)
        api.events.put((str(uuid.uuid4()), json.dumps(event).encode(), float(function.timeout)))
        ends = time.monotonic() + LONGEST
        while True:
            try:
                good, reply = api.replies.get(timeout=0.5)
                break
            except queue.Empty:
                if process.poll() is not None or time.monotonic() > ends:
                    told = log.read_text(errors="replace")[-4000:]
                    raise Failed(f"the process of {function.name} gave no answer:\n{told}") from None
        if not good:
            raise Failed(f"{reply.get('errorType')}: {reply.get('errorMessage')}")
        return reply

    def _start(self, function: FunctionModel) -> tuple[RuntimeApi, subprocess.Popen[bytes], Path]:
        api = RuntimeApi()
        module, _, name = self._entries[function.name]
        log = Path(self._logs.name, f"{function.name}.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", f"{module}.{name}"],
                cwd=self._bundle,
                env={
                    "PATH": os.environ["PATH"],
                    "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
                    "AWS_LAMBDA_FUNCTION_NAME": function.name,
                    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
                    "AWS_REGION": REGION,
                    "LAMBDA_TASK_ROOT": str(self._bundle),
                    "PYTHONPATH": f"{self._path}{os.pathsep}{self._bundle}",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PORTABLE_TARGET": "aws",
                    **self._environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        found = self._running[function.name] = (api, process, log)
        return found


def host(plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> ArtifactHost:
    """Return the host of an artifact; `environment` and `path` are the kit's, for every process that is started."""
    return ArtifactHost(plan, bundle, environment, path)
