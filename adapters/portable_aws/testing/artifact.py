"""Runs a packaged artifact, each function in a real Lambda runtime client: takes portable events; returns replies.

The first event of a function starts its process, and `close` ends it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.testing.processes import Processes
from portable.tooling.app.model import FunctionModel
from portable.tooling.plan import Plan
from portable_aws.testing.host import LambdaHost
from portable_aws.testing.process import Failed, FunctionProcess


class ArtifactHost(LambdaHost):
    """The functions of an artifact."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        super().__init__(plan, dict, float)  # type: ignore[arg-type]  # this host loads no modules
        self._bundle = bundle
        self._environment = {"PYTHONPATH": f"{path}{os.pathsep}{bundle}", **environment}
        self._running = Processes[FunctionProcess]()

    def close(self) -> None:
        """End every process."""
        self._running.close()

    def log(self) -> str:
        """Return what the processes have written to their logs since the last call."""
        return self._running.news()

    def _call(self, function: FunctionModel, event: dict[str, Any]) -> Any:
        process = self._running.get(function.name, lambda: self._start(function))
        reply = process.invoke(event, float(function.timeout))
        if not reply.ok:
            raise Failed(f"{reply.payload.get('errorType')}: {reply.payload.get('errorMessage')}")
        return reply.payload

    def _start(self, function: FunctionModel) -> FunctionProcess:
        module, _, name = self._entries[function.name]
        own = {"AWS_LAMBDA_FUNCTION_NAME": function.name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory)}
        return FunctionProcess(self._bundle, f"{module}.{name}", self._environment | own)


def host(plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> ArtifactHost:
    """Return the host of an artifact. Every process gets the kit's `environment` and import `path`."""
    return ArtifactHost(plan, bundle, environment, path)
