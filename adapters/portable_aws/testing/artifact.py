"""A packaged artifact, each of its functions in a real Lambda runtime client: portable events in, replies out.

A process is started at the first event of its function and ended by `close`.
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
        super().__init__(plan, dict, float)  # type: ignore[arg-type]  # nothing is loaded here
        self._bundle = bundle
        self._environment = {"PYTHONPATH": f"{path}{os.pathsep}{bundle}", **environment}
        self._running = Processes[FunctionProcess]()

    def close(self) -> None:
        """End every process."""
        self._running.close()

    def log(self) -> str:
        """Return what the processes have written since this was asked last."""
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
    """Return the host of an artifact; `environment` and `path` are the kit's, for every process that is started."""
    return ArtifactHost(plan, bundle, environment, path)
