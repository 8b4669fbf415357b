"""`AzureRemote`: what talks to a stage on Azure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portable.base.log_lines import Shape
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Answer, Code, LogLine, LogsWanted, Running
from portable_azure.deploy.remote import calls, code, logs
from portable_azure.deploy.remote.cloud import AzureCloud, Endpoints, SignedIn, Token
from portable_azure.runtime.logs import SHAPE


class AzureRemote:
    """The protocol `portable.tooling.infra.remote.Remote`."""

    shape: Shape = SHAPE
    late = 300.0
    knows_hash = False

    def __init__(self, running: Running, endpoints: Endpoints | None = None, token: Token | None = None) -> None:
        """`endpoints` are those of public Azure and `token` that of azure-identity unless others are given."""
        self.running = running
        self._cloud = AzureCloud(running, endpoints or Endpoints(), token or SignedIn())

    def logs(self, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines that Application Insights has of the function apps."""
        return logs.read(self._cloud, wanted)

    def invoke(self, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call an HTTP function by its URL, and any other one by the host's admin API."""
        return calls.invoke(self._cloud, function, events)

    def units(self) -> Mapping[str, tuple[str, ...]]:
        """Return the function apps."""
        apps = self._cloud.apps.values()
        return {app.name: tuple(function.name for function in app.functions) for app in apps}

    def module(self, function: DeployedFunction) -> None:
        """Return None: the host loads one module for all functions."""

    def code(self, units: Sequence[str]) -> Mapping[str, Code]:
        """Return the code of function apps."""
        return code.codes(self._cloud, units)

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        """Return what brings a zip to a function app and waits until it is live."""
        return code.publisher(self._cloud, artifact)
