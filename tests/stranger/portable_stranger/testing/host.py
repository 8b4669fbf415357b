"""The platform for the test kit: in this process, and with a process for each request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.sent_query import query_of
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan


class StrangerHost:
    """The functions of one plan."""

    def __init__(self, plan: Plan, load: Callable[[str], dict[str, Any]]) -> None:
        self._load = load

    def http(self, request: Request, function: FunctionModel | None) -> Response:
        """Send a request."""
        found = self._call(
            {
                "method": request.method,
                "path": request.raw_path,
                "query": query_of(request),
                "headers": request.headers.multi_items(),
                "body": request.body.decode("latin-1"),
                "client": request.client_ip,
            }
        )
        pairs = [(name, value) for name, value in found["headers"]]
        return Response(found["body"].encode("latin-1"), found["status"], pairs)

    def deliver(self, function: FunctionModel, events: list[tuple[str, Any, int | None]]) -> list[str]:
        """Refuse: nothing is delivered here."""
        raise ValueError("a stranger's platform only answers requests")

    def replay(self, function: FunctionModel, event: Any) -> Response | None:
        """Send a recorded request."""
        found = self._call(event)
        return Response(found["body"].encode("latin-1"), found["status"])

    def _call(self, event: dict[str, Any]) -> Any:
        return self._load("main.py")["handle"](event)


class ArtifactHost(StrangerHost):
    """The functions of an artifact."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        self._bundle = bundle
        self._environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(path), **environment}
        self._log = ""

    def close(self) -> None:
        """Nothing runs between requests."""

    def log(self) -> str:
        """Return what was logged since this was asked last."""
        found, self._log = self._log, ""
        return found

    def _call(self, event: dict[str, Any]) -> Any:
        command = [sys.executable, "main.py"]
        options: Any = {"cwd": self._bundle, "env": self._environment, "capture_output": True, "text": True}
        done = subprocess.run(command, input=json.dumps(event), check=True, **options)
        *logged, answer = done.stdout.splitlines()
        self._log += "\n".join([*logged, done.stderr])
        return json.loads(answer)


def plain(event: Any) -> Any:
    """Return a request as JSON values, which it is."""
    return event
