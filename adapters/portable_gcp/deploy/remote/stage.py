"""`GcpRemote`: what talks to a stage on Google Cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portable.base.logs import Shape
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

    def __init__(self, endpoints: Endpoints | None = None, signing: Signing | None = None) -> None:
        """`endpoints` are Google's and `signing` that of this machine unless others are given."""
        self.shape: Shape = shape()
        self._endpoints, self._signing = endpoints or Endpoints(), signing or SignedIn()
        self._last: GoogleCloud | None = None

    def logs(self, running: Running, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines that Cloud Logging has of the services."""
        return logs.read(self._cloud(running), wanted)

    def invoke(self, running: Running, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call an HTTP function by its URL, and bring any other one a real event."""
        return calls.invoke(self._cloud(running), function, events)

    def units(self, running: Running) -> Mapping[str, tuple[str, ...]]:
        """Return the Cloud Run functions."""
        services = self._cloud(running).places.services.values()
        return {service.name: tuple(function.name for function in service.functions) for service in services}

    def module(self, function: DeployedFunction) -> str:
        """Return the module of the target that functions-framework loads."""
        return f"{Entry(function.entry, ()).module}.py"

    def code(self, running: Running, units: Sequence[str]) -> Mapping[str, Code]:
        """Return the code of Cloud Run functions."""
        return code.codes(self._cloud(running), units)

    def publish(self, running: Running, artifact: Path) -> Callable[[str], Code]:
        """Return what builds a function from a zip and waits until it is live."""
        return code.publisher(self._cloud(running), artifact)

    def _cloud(self, running: Running) -> GoogleCloud:
        """Return the stage, looked for once."""
        if self._last is None or self._last.running is not running:
            self._last = GoogleCloud(running, self._endpoints, self._signing)
        return self._last
