"""A function app in Microsoft's real Python worker: takes requests and triggers, over loopback; returns replies and the log.

`portable_azure.testing.worker` finds the worker. Its program is called with the bundle and a port, answers HTTP there as
the host does, tells the bindings of each function at `/admin/functions`, and runs a function by
`POST /admin/functions/<name>` with {"inputs", "metadata", "more"}, which answers {"ok", "error"}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from portable.testing.processes import HostProcess, free_port
from portable_azure.testing.worker import worker_command


class WorkerProcess(HostProcess):
    """A running function app. `close` or the end of a `with` block ends it."""

    def __init__(self, bundle: Path, environment: Mapping[str, str] | None = None) -> None:
        """Start the worker on a bundle. Raises RuntimeError, with the log, if it does not load."""
        port = free_port()
        variables = {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "AzureWebJobsScriptRoot": str(bundle),
            "PORTABLE_TARGET": "azure",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        super().__init__([*worker_command(), str(bundle), str(port)], bundle, variables, port)

    @cached_property
    def functions(self) -> dict[str, list[dict[str, Any]]]:
        """The bindings of each function, its trigger first, as the worker indexed them."""
        found: dict[str, list[dict[str, Any]]] = self.request("GET", "/admin/functions").json()
        return found

    def fire(
        self,
        name: str,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Run a function with its trigger's data ({"type", "value"}) and return {"ok", "error"}."""
        call = {"inputs": {self.functions[name][0]["name"]: data}, "metadata": metadata or {}, "more": more or {}}
        headers = {"content-type": "application/json"}
        answer = self.request("POST", f"/admin/functions/{name}", json.dumps(call).encode(), headers)
        found: dict[str, Any] = answer.json()
        return found
