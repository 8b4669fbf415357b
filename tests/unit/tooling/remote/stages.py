"""A stage for tests: what runs in it, and a `Remote` whose log and answers are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from portable.base.log_lines import Shape
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import Blueprint, DeployedFunction
from portable.tooling.infra.remote import Answer, Code, LogLine, LogsWanted, Running
from portable.tooling.infra.stage import Stage

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
TRIGGERS: dict[str, dict[str, Any]] = {
    "hello": {"kind": "http", "method": "GET", "path": "/hello/{name}"},
    "work": {"kind": "queue", "queue": "jobs"},
    "notify": {"kind": "topic", "topic": "orders", "filter": [["kind", "paid"]]},
    "index": {"kind": "object", "bucket": "photos", "event": "created", "prefix": "in/", "suffix": ""},
    "nightly": {"kind": "schedule", "expression": "0 3 * * *", "timezone": "UTC"},
    "count": {"kind": "stream", "stream": "clicks"},
}


def running(**outputs: Any) -> Running:
    """Return a stage with a function of each kind of trigger."""
    functions = tuple(
        DeployedFunction(name, trigger, f"entry_{name}.handler", 256, 30, name, (), attempts=3)
        for name, trigger in TRIGGERS.items()
    )
    blueprint = Blueprint("aws", "shop", "3.12", "x86_64", functions, (), "0" * 64, 10)
    return Running(blueprint, Stage("shop", "dev"), outputs)


def line(number: int, text: str, seconds: float = 0, function: str = "hello") -> LogLine:
    """Return a line that was written some seconds after noon."""
    return LogLine(f"line-{number}", NOON + timedelta(seconds=seconds), function, text)


class GivenRemote:
    """A `Remote` that reads from a list of logs, one for each look, and remembers what it was asked."""

    shape = Shape()
    late = 10.0
    knows_hash = False

    def __init__(self, *looks: list[LogLine]) -> None:
        self.running = running()
        self.looks = list(looks)
        self.asked: list[LogsWanted] = []
        self.called: list[tuple[str, tuple[Any, ...]]] = []

    def at(self, running: Running) -> GivenRemote:
        """Return this one, for another stage."""
        self.running = running
        return self

    def logs(self, wanted: LogsWanted) -> Iterator[LogLine]:
        self.asked.append(wanted)
        yield from self.looks.pop(0)

    def invoke(self, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        self.called.append((function.name, events))
        return Answer()

    def units(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def module(self, function: DeployedFunction) -> str | None:
        return f"entry_{function.name}.py"

    def code(self, units: Sequence[str]) -> Mapping[str, Code]:
        return {}

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        return lambda unit: Code(unit)
