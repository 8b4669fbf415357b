"""`GcpRemote`: what talks to a stage on Google Cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Answer, Code, LogLine, LogsWanted, Running
from portable_gcp.deploy.remote import calls, code, logs
from portable_gcp.deploy.remote.cloud import Endpoints, GoogleCloud
from portable_gcp.deploy.remote.signing import SignedIn, Signing
from portable_gcp.deploy.shim import Entry
from portable_gcp.runtime.logs import shape


class GcpRemote:
    """The protocol `portable.tooling.infra.remote.Remote`."""

    late = 30.0
    knows_hash = False

    def __init__(self, running: Running, endpoints: Endpoints | None = None, signing: Signing | None = None) -> None:
        """`endpoints` are Google's and `signing` that of this machine unless others are given."""
        self.running, self.shape = running, shape()
        self._cloud = GoogleCloud(running, endpoints or Endpoints(), signing or SignedIn())

    def logs(self, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines that Cloud Logging has of the services."""
        return logs.read(self._cloud, wanted)

    def invoke(self, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call an HTTP function by its URL, and bring any other one a real event."""
        return calls.invoke(self._cloud, function, events)

    def units(self) -> Mapping[str, tuple[str, ...]]:
        """Return the Cloud Run functions."""
        services = self._cloud.places.services.values()
        return {service.name: tuple(function.name for function in service.functions) for service in services}

    def module(self, function: DeployedFunction) -> str:
        """Return the module of the target that functions-framework loads."""
        return f"{Entry(function.entry, ()).module}.py"

    def code(self, units: Sequence[str]) -> Mapping[str, Code]:
        """Return the code of Cloud Run functions."""
        return code.codes(self._cloud, units)

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        """Return what builds a function from a zip and waits until it is live."""
        return code.publisher(self._cloud, artifact)
