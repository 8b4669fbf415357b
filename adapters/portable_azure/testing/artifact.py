"""A packaged artifact in Microsoft's real Python worker: requests and triggers in, answers out, over loopback.

`portable_azure.testing.worker` finds the worker. Its program is called with the bundle and a port, answers HTTP there as the
host does, and runs a function by `POST /admin/functions/<name>` with {"inputs", "metadata", "more"}, which answers
{"ok", "error"}.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure.functions import QueueMessage

from portable.errors import UnsupportedError
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable_azure.testing.messages import encode_message
from portable_azure.testing.objects import encode_object
from portable_azure.testing.schedule import encode_tick
from portable_azure.testing.worker import worker_command

LONGEST = 60.0
"""Seconds to wait for the process to listen, or for its answer."""
_HOST_OWN = ("server", "date", "connection", "x-answered-by", "x-error")


class Failed(Exception):
    """The function failed: what the worker reported of it."""


class ArtifactHost:
    """One function app in one worker, which is started at the first event."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        self._triggers = {function.name: function.details["type"] for function in plan.functions}
        self._command = worker_command()
        self._bundle = bundle
        self._environment = environment
        self._path = path
        self._running: tuple[int, subprocess.Popen[bytes]] | None = None
        self._logs = tempfile.TemporaryDirectory(prefix="portable-artifact-")

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            self._running[1].kill()
            self._running[1].wait()
            self._running = None
        self._logs.cleanup()

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request as it stands; the host finds the function."""
        sent = request._query_string
        uri = f"{request.raw_path}?{sent}" if sent else request.raw_path
        headers = list(request.headers.items())
        if request.client_ip:
            headers.append(("x-forwarded-for", f"{request.client_ip}:52871"))
        status, fields, body = self._send(request.method, uri, headers, request.body)
        return Response(body, status, fields)

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Deliver events one by one. Raises Failed, for the host makes a message visible again."""
        kind = function.trigger["kind"]
        for _, event, attempt in events:
            if kind == "schedule":
                self._fire(function.name, "timer", encode_tick(event))
            elif kind == "object" and self._triggers[function.name] != "queueTrigger":
                self._fire(function.name, "event", encode_object(event, function.trigger["event"]))
            elif kind == "object":
                self._fire(function.name, "message", encode_object(event, function.trigger["event"], "queue", attempt))
            else:
                self._fire(function.name, "message", encode_message(event, kind))
        return []

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Raise UnsupportedError: recorded events are replayed in the test's process."""
        raise UnsupportedError("a recorded event is replayed without --artifact")

    def _fire(self, name: str, argument: str, native: str | QueueMessage) -> None:
        told: dict[str, Any] = {"inputs": {}, "metadata": {}, "more": {}}
        if isinstance(native, str):
            told["inputs"][argument] = {"type": "json", "value": native}
        else:
            told["inputs"][argument] = {"type": "string", "value": native.get_body().decode()}
            sent = native.insertion_time
            told["metadata"] = {
                "Id": {"type": "string", "value": native.id},
                "PopReceipt": {"type": "string", "value": "receipt"},
                "DequeueCount": {"type": "json", "value": str(native.dequeue_count or 1)},
                **({"InsertionTime": {"type": "json", "value": json.dumps(sent.isoformat())}} if sent else {}),
            }
        body = json.dumps(told).encode()
        _, _, reply = self._send("POST", f"/admin/functions/{name}", [("content-type", "application/json")], body)
        answer = json.loads(reply)
        if not answer["ok"]:
            raise Failed(answer["error"])

    def _send(
        self, method: str, uri: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        port, _ = self._running or self._start()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        try:
            connection.putrequest(method, uri, skip_host=True, skip_accept_encoding=True)
            names = {name for name, _ in headers}
            if "host" not in names:
                connection.putheader("host", "testserver")
            for name, value in headers:
                connection.putheader(name, value.encode())
            if body and "content-length" not in names:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body or None)
            reply = connection.getresponse()
            fields = [(name, value) for name, value in reply.getheaders() if name.lower() not in _HOST_OWN]
            return reply.status, fields, reply.read()
        finally:
            connection.close()

    def _start(self) -> tuple[int, subprocess.Popen[bytes]]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        log = Path(self._logs.name, "worker.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*self._command, str(self._bundle), str(port)],
                cwd=self._bundle,
                env={
                    "PATH": os.environ["PATH"],
                    "FUNCTIONS_WORKER_RUNTIME": "python",
                    "AzureWebJobsScriptRoot": str(self._bundle),
                    "PORTABLE_TARGET": "azure",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PYTHONUNBUFFERED": "1",
                    "PYTHONPATH": str(self._path),
                    **self._environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        found = self._running = (port, process)
        ends = time.monotonic() + LONGEST
        while process.poll() is None and time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return found
            time.sleep(0.05)
        raise RuntimeError(f"the Azure worker does not start:\n{log.read_text(errors='replace')[-4000:]}")


def host(plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> ArtifactHost:
    """Return the host of an artifact; `environment` and `path` are the kit's, for the process that is started."""
    return ArtifactHost(plan, bundle, environment, path)
