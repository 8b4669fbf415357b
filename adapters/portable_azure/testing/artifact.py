"""Runs a packaged artifact in Microsoft's real Python worker: takes portable events; returns replies.

The first event starts the process, and `close` ends it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from azure.functions import QueueMessage

from portable.errors import UnsupportedError
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.sent_query import query_of
from portable.testing.hosts import ProcessesHost
from portable.tooling.app.model import FunctionModel
from portable_azure.testing.encoding import Native
from portable_azure.testing.host import OneByOne
from portable_azure.testing.http import forwarded
from portable_azure.testing.process import WorkerProcess

_HOSTS_OWN = ("server", "date", "connection", "x-answered-by", "x-error")


class Failed(Exception):
    """The function failed. The message is the worker's report."""


class ArtifactHost(ProcessesHost, OneByOne):
    """One function app in one worker."""

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request unchanged. The host finds the function."""
        query = query_of(request)
        target = f"{request.raw_path}?{query}" if query else request.raw_path
        headers = list(request.headers.items())
        if request.client_ip:
            headers.append(("x-forwarded-for", forwarded(request.client_ip)))
        answer = self._process().request(request.method, target, request.body, headers)
        fields = [(name, value) for name, value in answer.headers if name not in _HOSTS_OWN]
        content = answer.content
        if isinstance(content, bytes):
            return Response(content, answer.status, fields)
        return Response.stream(content, None, answer.status, fields)

    def replay(self, function: FunctionModel, event: object) -> Response | None:
        """Raise UnsupportedError: recorded events are replayed in the test's process."""
        raise UnsupportedError("a recorded event cannot be replayed with --artifact: run this test without it")

    def _deliver(self, name: str, native: Native, attempt: int | None) -> None:
        data: dict[str, Any]
        metadata: dict[str, Any] = {}
        if isinstance(native, list):
            bodies = [b64encode(event.get_body()).decode() for event in native]
            data = {"type": "collection_bytes", "value": bodies}
            given = (native[0].metadata or {}).items()
            metadata = {key: {"type": "json", "value": json.dumps(value)} for key, value in given}
        elif isinstance(native, QueueMessage):
            data = {"type": "string", "value": native.get_body().decode()}
            sent = native.insertion_time
            metadata = {
                "Id": {"type": "string", "value": native.id},
                "PopReceipt": {"type": "string", "value": "receipt"},
                "DequeueCount": {"type": "json", "value": str(native.dequeue_count or 1)},
                **({"InsertionTime": {"type": "json", "value": json.dumps(sent.isoformat())}} if sent else {}),
            }
        else:
            data = {"type": "json", "value": str(native)}
        answer = self._process().fire(name, data, metadata)
        if not answer["ok"]:
            raise Failed(answer["error"])

    def _process(self) -> WorkerProcess:
        return self._running.get("worker", lambda: WorkerProcess(self._bundle, self._variables()))  # type: ignore[no-any-return]
