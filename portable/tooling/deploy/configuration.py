"""`Configuration`: the infrastructure files of one stage, as an engine plans and applies them.

Nothing is applied but what was planned before, and only in the workspace of the stage that the files were written for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portable.tooling.deploy.engine import Engine, engine_environment
from portable.tooling.deploy.events import Change, Diagnostic, Event, Outputs, Summary, read_event
from portable.tooling.deploy.hidden import hidden, unframed
from portable.tooling.deploy.process import Ended, run

OWN = ".portable"
"""The folder beside the files that holds what portable keeps of a stage."""
AT_ONCE = 30
"""Resources that are made at the same time."""
_OF_TARGETS = ("Resource targeting is in effect", "Applied changes may be incomplete")
"""Warnings about plans for some resources only, which are made here on purpose."""
PATIENCE = "20s"
"""How long an engine waits for a state that another one has locked."""


class EngineFailed(Exception):
    """An engine ended with an error. `operation` is what it was to do, `found` what it said, `stopped` whether it was asked to stop."""

    def __init__(self, operation: str, found: tuple[Diagnostic, ...], stopped: bool) -> None:
        super().__init__(f"{operation} failed")
        self.operation, self.found, self.stopped = operation, found, stopped


@dataclass(frozen=True, slots=True)
class Planned:
    """What an engine would do. It is kept in a file, which alone can be applied."""

    changes: tuple[Change, ...]
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """The files in a folder, for a stage. `held` is an open file that the engine keeps open as long as it works."""

    engine: Engine
    folder: Path
    stage: str
    given: Mapping[str, str]
    told: Callable[[str], None]
    held: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> Path:
        """Return the folder of what portable keeps, which nobody else may read."""
        made = self.folder / OWN
        made.mkdir(mode=0o700, exist_ok=True)
        return made

    def ready(self) -> None:
        """Fetch the plug-ins, and go to the workspace of the stage. Raises EngineFailed."""
        self.told(f"making {self.engine.title} ready")
        self._plain("init", "-input=false", "-no-color")
        chosen = self._data() / "environment"
        if not chosen.is_file() or chosen.read_text(encoding="utf-8").strip() != self.stage:
            self._plain("workspace", "select", "-or-create", self.stage)

    def plan(self, *arguments: str) -> Planned:
        """Return what would be done; `arguments` are more options of the engine's `plan`. Raises EngineFailed."""
        self.told("planning")
        changes: list[Change] = []
        warnings: list[Diagnostic] = []

        def see(event: Event) -> None:
            if isinstance(event, Change):
                changes.append(event)
            elif isinstance(event, Diagnostic) and not event.error and event.summary not in _OF_TARGETS:
                warnings.append(event)

        lock = f"-lock-timeout={PATIENCE}"
        self._json("plan", see, "-input=false", lock, f"-out={self._plan()}", *self._given(), *arguments)
        return Planned(tuple(changes), tuple(warnings))

    def apply(self, see: Callable[[Event], None]) -> dict[str, Any]:
        """Do what was planned last, exactly that, and return the outputs; `see` gets each event. Raises EngineFailed."""
        lock = f"-lock-timeout={PATIENCE}"
        outputs: dict[str, Any] = {}

        def watch(event: Event) -> None:
            if isinstance(event, Outputs):
                outputs.update(event.values)
            see(event)

        try:
            self._json("apply", watch, "-input=false", lock, f"-parallelism={AT_ONCE}", str(self._plan()))
        finally:
            self.forget()
        return outputs

    def forget(self) -> None:
        """Remove the plan: it may hold values of variables."""
        self._plan().unlink(missing_ok=True)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs of the stage, {} when nothing is deployed. Raises EngineFailed."""
        found = json.loads(self._plain("output", "-json", "-no-color"))
        return {name: output["value"] for name, output in found.items() if not output.get("sensitive")}

    def state(self) -> dict[str, Any]:
        """Return the state as it is kept, {} when there is none. Raises EngineFailed."""
        text = self._plain("state", "pull")
        found: dict[str, Any] = json.loads(text) if text.strip() else {}
        return found

    def version(self) -> tuple[str, int] | None:
        """Return the lineage and serial of the state, None when there is none. A local state is read without the engine."""
        if self.remote():
            return state_version(self._plain("state", "pull"))
        among = self.folder if self.stage == "default" else self.folder / "terraform.tfstate.d" / self.stage
        file = among / "terraform.tfstate"
        return state_version(file.read_text(encoding="utf-8")) if file.is_file() else None

    def remote(self) -> bool:
        """Say whether the state is kept elsewhere, because the user's own files name a backend."""
        try:
            found = json.loads((self._data() / "terraform.tfstate").read_text(encoding="utf-8"))
            return bool(found["backend"]["type"])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _given(self) -> list[str]:
        """Return the options that give variables: the user's file for the stage, if there is one, then what was asked for."""
        files = [file for file in variable_files(self.folder, self.stage) if file.is_file()]
        return [
            *(f"-var-file={file.name}" for file in files),
            *(f"-var={name}={value}" for name, value in self.variables.items()),
        ]

    def _plan(self) -> Path:
        return self.own.resolve() / "plan"

    def _data(self) -> Path:
        """Return the folder in which the engine keeps what it knows of this folder."""
        return self.folder / self.given.get("TF_DATA_DIR", ".terraform")

    def _json(self, operation: str, see: Callable[[Event], None], *arguments: str) -> None:
        """Run a command that reports in JSON. It has failed unless it says that it went through."""
        errors: list[Diagnostic] = []
        whole = False

        def line(text: str) -> None:
            nonlocal whole
            event = read_event(text)
            if isinstance(event, Summary):
                whole = True
            elif isinstance(event, Diagnostic) and event.error:
                errors.append(self._hidden(event))
            elif event is not None:
                see(event)

        ended = self._run(operation, line, operation, "-json", *arguments)
        if ended.code or not whole:
            raise EngineFailed(operation, tuple(errors) or self._said(ended.errors, ended.code), ended.stopped)

    def _plain(self, *command: str) -> str:
        """Run a command that prints text, and return the text."""
        lines: list[str] = []
        ended = self._run(command[0], lines.append, *command)
        text = "\n".join(lines)
        if ended.code:
            raise EngineFailed(command[0], self._said(ended.errors or text, ended.code), ended.stopped)
        return text

    def _run(self, name: str, line: Callable[[str], None], *command: str) -> Ended:
        environment = engine_environment(self.given)
        if command[0] not in ("workspace", "init"):
            environment["TF_WORKSPACE"] = self.stage
        log = self.own / f"{name}.log"
        log.touch(mode=0o600)
        program = [self.engine.program, f"-chdir={self.folder}", *command]
        return run(program, environment, log, line, self.told, self.held)

    def _said(self, errors: str, code: int) -> tuple[Diagnostic, ...]:
        text = self._hide(unframed(errors)) or f"{self.engine.title} ended with exit code {code}"
        return (Diagnostic(True, text, ""),)

    def _hidden(self, event: Diagnostic) -> Diagnostic:
        return Diagnostic(event.error, self._hide(event.summary), self._hide(event.detail), event.where)

    def _hide(self, text: str) -> str:
        return hidden(text, self.given)


def variable_files(folder: Path, stage: str) -> tuple[Path, Path]:
    """Return the files that may give a stage its variables; they are the user's."""
    return folder / f"{stage}.tfvars", folder / f"{stage}.tfvars.json"


def state_version(text: str) -> tuple[str, int] | None:
    """Return the lineage and serial in the text of a state, None for a state that was never written."""
    try:
        found = json.loads(text)
        return str(found["lineage"]), int(found["serial"])
    except (ValueError, KeyError, TypeError):
        return None
