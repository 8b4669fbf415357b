"""Runs a packaged artifact, each function in a real Lambda runtime client: takes portable events; returns replies.

The first event of a function starts its process, and `close` ends it.
"""

from __future__ import annotations

from typing import Any

from portable.testing.hosts import ProcessesHost
from portable.tooling.app.model import FunctionModel
from portable_aws.testing.host import LambdaHost
from portable_aws.testing.process import Failed, FunctionProcess


class ArtifactHost(ProcessesHost, LambdaHost):
    """The functions of an artifact."""

    host = ("awslambdaric", "awslambdaric")
    finds_bundle = True

    def _call(self, function: FunctionModel, event: dict[str, Any]) -> Any:
        process = self._running.get(function.name, lambda: self._start(function))
        reply = process.invoke(event, float(function.timeout))
        if not reply.ok:
            raise Failed(f"{reply.payload.get('errorType')}: {reply.payload.get('errorMessage')}")
        return reply.payload

    def _start(self, function: FunctionModel) -> FunctionProcess:
        variables = {"AWS_LAMBDA_FUNCTION_NAME": function.name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory)}
        entry = self._entries[function.name]
        return FunctionProcess(self._bundle, entry, self._variables(entry) | variables)
