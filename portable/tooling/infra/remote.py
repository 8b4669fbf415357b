"""`Remote`: what talks to a stage that runs, without the engine: its logs, a call of one function, and new code.

A target says here all that the commands `logs`, `invoke --remote` and `deploy --code` differ in. Names come from the
blueprint and the stage, by the same functions as the infrastructure's. What only the cloud knows comes from the outputs of
the last deployment, or from a look at the cloud by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from portable.base.log_lines import Shape
from portable.eventing.response import Response
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import Blueprint, DeployedFunction
from portable.tooling.infra.stage import Stage


@dataclass(frozen=True, slots=True)
class Running:
    """What runs in a stage. `outputs` are those of its last deployment, {} where they are not known on this machine."""

    blueprint: Blueprint
    stage: Stage
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def deploy_first(self) -> str:
        """What to do where nothing of the stage is there yet: the beginning of a sentence."""
        stage = self.stage.name
        return f"Deploy the stage {stage} first (`portable deploy --target {self.blueprint.target} --stage {stage}`)"


@dataclass(frozen=True, slots=True)
class LogsWanted:
    """Which lines are wanted: those of these functions, written at `since` or later.

    With a `request` only those of the call of this id; with a `level` those of this level and above. A target may leave
    both to the caller, who filters again; what it asks its cloud for may hold more lines, but never fewer.
    """

    functions: tuple[DeployedFunction, ...]
    since: datetime
    level: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log.

    `text` is what was written: a line of JSON in the target's `shape`, or any other text. `id` is the same whenever the
    line is read again. `at` is in UTC. `function` is the name of the function, or of what runs several where the log does
    not say which. `level` and `request` are what the cloud says beside the text, "" where it says nothing.
    """

    id: str
    at: datetime
    function: str
    text: str
    level: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call.

    `response` is that of an HTTP function. `failed` says what went wrong in the function, "" when nothing did. `known` is
    False where the cloud only took the event and does not say what became of it. `seconds` is how long the call took and
    `log` the end of what was logged, where the cloud says so.
    """

    response: Response | None = None
    failed: str = ""
    known: bool = True
    seconds: float | None = None
    log: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def taken(cls, running: Running, title: str, function: str, since: str, *notes: str) -> Answer:
        """Return the answer of a cloud, `title`, that only took an event. `since` is how far back a look at the logs goes."""
        stage = f"--target {running.blueprint.target} --stage {running.stage.name}"
        look = f"`portable logs {stage} --function {function} --since {since}` shows it after a while"
        return cls(
            known=False, notes=(*notes, f"{title} has taken the event and does not say what became of it: {look}")
        )


@dataclass(frozen=True, slots=True)
class Code:
    """The code that a unit runs. `mark` changes with every change of it, `sha256` is that of its zip where the cloud tells it."""

    mark: str
    sha256: str = ""


class Remote(Protocol):
    """One stage of an app in a cloud. Every method reads the network.

    Each raises PortableError, with what was refused and what to do: no credentials or old ones, no right, nothing deployed,
    too many requests after a few tries.
    """

    running: Running
    shape: Shape
    """The keys of the lines that the target's runtime writes."""
    late: float
    """Seconds after which a line that was written can surely be read."""
    knows_hash: bool
    """Whether the cloud tells the hash of the zip that a unit runs."""

    def logs(self, wanted: LogsWanted) -> Iterator[LogLine]:
        """Yield the lines that are there now, each once, in any order."""
        ...

    def invoke(self, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
        """Call a function once with portable events: a Request, Messages, a StoredObject, a Tick, or Records.

        Never calls twice by itself. Raises UnsupportedError for what the target cannot do.
        """
        ...

    def units(self) -> Mapping[str, tuple[str, ...]]:
        """Return what code is put into, by its name in the cloud, with the functions that it runs."""
        ...

    def module(self, function: DeployedFunction) -> str | None:
        """Return the path of the generated module that the host loads for a function alone, None where it loads one for all."""
        ...

    def code(self, units: Sequence[str]) -> Mapping[str, Code]:
        """Return the code that each of these units runs now."""
        ...

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        """Bring a bundle.zip to the cloud; return what puts it into one unit and returns when it is live there.

        What is returned is called for several units at the same time.
        """
        ...
