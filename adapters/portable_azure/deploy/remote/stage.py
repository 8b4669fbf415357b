"""`AzureRemote`: what talks to a stage on Azure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portable.base.logs import Shape
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

    def __init__(self, endpoints: Endpoints | None = None, token: Token | None = None) -> None:
        """`endpoints` are those of public Azure and `token` that of azure-identity unless others are given."""
        self._endpoints, self._token = endpoints or Endpoints(), token or SignedIn()
        self._last: AzureCloud | None = None

    def logs(self, running: Running, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines that Application Insights has of the function apps."""
        return logs.read(self._cloud(running), wanted)

    def invoke(self, running: Running, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call an HTTP function by its URL, and any other one by the host's admin API."""
        return calls.invoke(self._cloud(running), function, events)

    def units(self, running: Running) -> Mapping[str, tuple[str, ...]]:
        """Return the function apps."""
        apps = self._cloud(running).apps.values()
        return {app.name: tuple(function.name for function in app.functions) for app in apps}

    def module(self, function: DeployedFunction) -> None:
        """Return None: the host loads one module for all functions."""

    def code(self, running: Running, units: Sequence[str]) -> Mapping[str, Code]:
        """Return the code of function apps."""
        return code.codes(self._cloud(running), units)

    def publish(self, running: Running, artifact: Path) -> Callable[[str], Code]:
        """Return what brings a zip to a function app and waits until it is live."""
        return code.publisher(self._cloud(running), artifact)

    def _cloud(self, running: Running) -> AzureCloud:
        """Return the stage, looked for once: following its logs asks for nothing but logs."""
        if self._last is None or self._last.running is not running:
            self._last = AzureCloud(running, self._endpoints, self._token)
        return self._last
