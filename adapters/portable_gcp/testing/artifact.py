"""Runs a packaged artifact, each target in a real functions-framework: takes portable events; returns replies.

The first request of a target starts its process, and `close` ends it.
"""

from __future__ import annotations

from typing import Any

from portable.testing.hosts import ProcessesHost
from portable_gcp.testing.host import RunHost
from portable_gcp.testing.native import Native
from portable_gcp.testing.process import ServiceProcess

_SERVERS_OWN = ("server", "date", "connection", "transfer-encoding")


class ArtifactHost(ProcessesHost, RunHost):
    """The targets of an artifact."""

    host = ("functions_framework", "functions-framework")
    finds_bundle = True

    def _call(self, target: str, native: Native) -> tuple[int, list[tuple[str, str]], Any]:
        source = self._plan.functions[0].details["source"]
        process = self._running.get(
            target, lambda: ServiceProcess(self._bundle, target, self._variables(target), source=source)
        )
        answer = process.send(native)
        headers = [(name, value) for name, value in answer.headers if name not in _SERVERS_OWN]
        return answer.status, headers, answer.content
