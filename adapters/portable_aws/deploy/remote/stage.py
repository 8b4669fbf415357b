"""`AwsRemote`: what talks to a stage on AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portable.base.log_lines import Shape
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Answer, Code, LogLine, LogsWanted, Running
from portable_aws.deploy.remote import calls, code, logs
from portable_aws.deploy.remote.cloud import AwsCloud
from portable_aws.runtime.logs import SHAPE


class AwsRemote:
    """The protocol `portable.tooling.infra.remote.Remote`. boto3 is imported when something is asked."""

    shape: Shape = SHAPE
    late = 30.0
    knows_hash = True

    def __init__(self, running: Running) -> None:
        self.running = running
        self._cloud = AwsCloud(running)

    def logs(self, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines of the log groups of functions."""
        return logs.read(self._cloud, wanted)

    def invoke(self, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call a Lambda function directly, and wait for it."""
        return calls.invoke(self._cloud, function, events)

    def units(self) -> Mapping[str, tuple[str, ...]]:
        """Return the Lambda functions: each runs one function."""
        places = self._cloud.places
        return {places.function(name): (name,) for name in places.functions}

    def module(self, function: DeployedFunction) -> str:
        """Return the module of the handler that Lambda loads."""
        return f"{function.entry.rpartition('.')[0]}.py"

    def code(self, units: Sequence[str]) -> Mapping[str, Code]:
        """Return the code of Lambda functions."""
        return code.Publishing(self._cloud).codes(units)

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        """Upload a zip, and return what makes a Lambda function run it."""
        return code.Publishing(self._cloud).publish(artifact)
