"""`AwsRemote`: what talks to a stage on AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portable.base.logs import Shape
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Answer, Code, LogLine, LogsWanted, Running
from portable_aws.deploy.remote import calls, code, logs
from portable_aws.runtime.logs import SHAPE


class AwsRemote:
    """The protocol `portable.tooling.infra.remote.Remote`. boto3 is imported when something is asked."""

    shape: Shape = SHAPE
    late = 30.0
    knows_hash = True

    def logs(self, running: Running, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines of the log groups of functions."""
        return logs.read(running, wanted)

    def invoke(self, running: Running, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call a Lambda function directly, and wait for it."""
        return calls.invoke(running, function, events)

    def units(self, running: Running) -> Mapping[str, tuple[str, ...]]:
        """Return the Lambda functions."""
        return code.units(running)

    def module(self, function: DeployedFunction) -> str:
        """Return the module of the handler that Lambda loads."""
        return f"{function.entry.rpartition('.')[0]}.py"

    def code(self, running: Running, units: Sequence[str]) -> Mapping[str, Code]:
        """Return the code of Lambda functions."""
        return code.Publishing(running).codes(units)

    def publish(self, running: Running, artifact: Path) -> Callable[[str], Code]:
        """Upload a zip, and return what makes a Lambda function run it."""
        return code.Publishing(running).publish(artifact)
