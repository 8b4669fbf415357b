"""`ContainerRemote`: what talks to a stage on your own machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portable.base.log_lines import Shape
from portable.errors import UnsupportedError
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Answer, Code, LogLine, LogsWanted, Running
from portable_container.deploy.remote import calls, logs
from portable_container.runtime.logs import SHAPE


class ContainerRemote:
    """The protocol `portable.tooling.infra.remote.Remote`. Code comes as an image, so no code is put into what runs."""

    shape: Shape = SHAPE
    late = 5.0
    knows_hash = False

    def __init__(self, running: Running) -> None:
        self.running = running

    def logs(self, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines that kubectl or Docker Compose prints."""
        return logs.read(self.running, wanted)

    def invoke(self, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call an HTTP function by the app's URL, and send any other one a CloudEvent."""
        return calls.invoke(self.running, function, events)

    def units(self) -> Mapping[str, tuple[str, ...]]:
        """Raise UnsupportedError."""
        raise _unsupported()

    def module(self, function: DeployedFunction) -> str:
        """Return the generated module of a function."""
        return f"{function.entry}.py"

    def code(self, units: Sequence[str]) -> Mapping[str, Code]:
        """Raise UnsupportedError."""
        raise _unsupported()

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        """Raise UnsupportedError."""
        raise _unsupported()


def _unsupported() -> UnsupportedError:
    return UnsupportedError(
        "the code of a container is in its image: build it from dist/container/bundle, push it, and set its digest "
        "(`kustomize edit set image`, or IMAGE in .env)"
    )
