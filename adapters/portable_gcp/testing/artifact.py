"""Runs a packaged artifact, each target in a real functions-framework: takes portable events; returns replies.

The first request of a target starts its process, and `close` ends it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from portable.testing.processes import Processes
from portable.tooling.plan import Plan
from portable_gcp.testing.host import RunHost
from portable_gcp.testing.native import Native
from portable_gcp.testing.process import ServiceProcess

_SERVERS_OWN = ("server", "date", "connection")


class ArtifactHost(RunHost):
    """The targets of an artifact."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        super().__init__(plan, dict)  # type: ignore[arg-type]  # this host loads no modules
        self._source = plan.functions[0].details["source"]
        self._bundle = bundle
        self._environment = {"PYTHONPATH": f"{path}{os.pathsep}{bundle}", **environment}
        self._running = Processes[ServiceProcess]()

    def close(self) -> None:
        """End every process."""
        self._running.close()

    def log(self) -> str:
        """Return what the processes have written to their logs since the last call."""
        return self._running.news()

    def _call(self, target: str, native: Native) -> tuple[int, list[tuple[str, str]], bytes]:
        process = self._running.get(
            target, lambda: ServiceProcess(self._bundle, target, self._environment, source=self._source)
        )
        answer = process.send(native)
        headers = [(name, value) for name, value in answer.headers if name not in _SERVERS_OWN]
        return answer.status, headers, answer.body


def host(plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> ArtifactHost:
    """Return the host of an artifact. Every process gets the kit's `environment` and import `path`."""
    return ArtifactHost(plan, bundle, environment, path)
