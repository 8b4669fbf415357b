"""`Configuration`: the infrastructure files of one stage, as an engine plans and applies them.

Nothing is applied but what was planned before, and only in the workspace of the stage that the files were written for.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portable.tooling.deploy.engine import Engine, engine_environment
from portable.tooling.deploy.events import Change, Diagnostic, Event, Outputs, Summary, read_event
from portable.tooling.deploy.hidden import hidden, unframed
from portable.tooling.deploy.process import Ended, run
from portable.tooling.deploy.state_file import has_backend, holds_nothing, state_file, state_version, takes_over

OWN = ".portable"
"""The folder beside the files that holds what portable keeps of a stage."""
TAKEN = "portable_taken.tf.json"
"""The file that says what a plan takes over; it is there only while that is planned."""
AT_ONCE = 30
"""Resources that are made at the same time."""
_OF_TARGETS = ("Resource targeting is in effect", "Applied changes may be incomplete")
"""Warnings about plans for some resources only, which are made here on purpose."""
PATIENCE = "20s"
"""How long an engine waits for a state that another one has locked."""


class EngineFailed(Exception):
    """An engine ended with an error.

    `operation` is what it was to do, `found` what it said, `log` the file of all that it said. `stopped` says whether it was
    asked to stop, `killed` whether it was ended before it could say anything.
    """

    def __init__(
        self, operation: str, found: tuple[Diagnostic, ...], log: Path, *, stopped: bool = False, killed: bool = False
    ) -> None:
        super().__init__(f"{operation} failed")
        self.operation, self.found, self.log = operation, found, log
        self.stopped, self.killed = stopped, killed


@dataclass(frozen=True, slots=True)
class Planned:
    """What an engine would do. It is kept in a file, which alone can be applied."""

    changes: tuple[Change, ...]
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """The files in a folder, for a stage. `errors` is the file that holds the lock of the engine, see `lock`."""

    engine: Engine
    folder: Path
    stage: str
    given: Mapping[str, str]
    told: Callable[[str], None]
    errors: Path | None = None
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
        (self.folder / TAKEN).unlink(missing_ok=True)
        self._plain("init", "-input=false", "-no-color")
        chosen = self._data() / "environment"
        if chosen.is_file() and chosen.read_text(encoding="utf-8").strip() == self.stage:
            return
        if self.remote():
            self._plain("workspace", "select", "-or-create", self.stage)
        else:  # the same, without another start of the engine
            state_file(self.folder, self.stage).parent.mkdir(parents=True, exist_ok=True)
            chosen.write_text(self.stage, encoding="utf-8")

    def plan(self, *arguments: str, taking: Mapping[str, str] | None = None) -> Planned:
        """Return what would be done; `arguments` are more options of the engine's `plan`. Raises EngineFailed.

        `taking` are resources that are there and are taken over: each address with the provider's id.
        """
        self.told("planning")
        seen: list[Event] = []
        file = self.folder / TAKEN
        if taking:
            blocks = [{"to": address, "id": found} for address, found in sorted(taking.items())]
            file.write_text(json.dumps({"import": blocks}, indent=2), encoding="utf-8")
        try:
            self._json("plan", seen.append, f"-out={self._plan()}", *self._given(), *arguments)
        finally:
            file.unlink(missing_ok=True)
        return _planned(seen)

    def apply(self, see: Callable[[Event], None]) -> dict[str, Any]:
        """Do what was planned last, exactly that, and return the outputs; `see` gets each event. Raises EngineFailed."""
        try:
            return self._apply(see, str(self._plan()))
        finally:
            self.forget()

    def make(self, show: Callable[[Planned], None], see: Callable[[Event], None]) -> dict[str, Any]:
        """Plan and apply in one run, where nothing is there that a plan could delete (`empty`); return the outputs.

        To start an engine and its provider is most of the work of a plan, and is done once here. `show` gets the plan
        before the first change. Raises EngineFailed, whose operation is "plan" when nothing was changed yet.
        """
        self.told("planning")
        seen: list[Event] = []
        shown = False

        def watch(event: Event) -> None:
            nonlocal shown
            if shown:
                see(event)
            elif event == Summary("plan"):
                shown = True
                show(_planned(seen))
            else:
                seen.append(event)

        try:
            return self._apply(watch, "-auto-approve", *self._given())
        except EngineFailed as error:
            operation = "apply" if shown else "plan"
            raise EngineFailed(operation, error.found, error.log, stopped=error.stopped, killed=error.killed) from error

    def empty(self) -> bool:
        """Say whether nothing is there that a plan could delete: the state is here and holds nothing, and nothing is taken over."""
        return not self.remote() and not takes_over(self.folder) and holds_nothing(state_file(self.folder, self.stage))

    def _apply(self, see: Callable[[Event], None], *arguments: str) -> dict[str, Any]:
        outputs: dict[str, Any] = {}

        def watch(event: Event) -> None:
            if isinstance(event, Outputs):
                outputs.update(event.values)
            see(event)

        self._json("apply", watch, f"-parallelism={AT_ONCE}", *arguments)
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
        file = state_file(self.folder, self.stage)
        return state_version(file.read_text(encoding="utf-8")) if file.is_file() else None

    def remote(self) -> bool:
        """Say whether the state is kept elsewhere, because the user's own files name a backend."""
        return has_backend(self._data())

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
                whole = (event.operation == "plan") is (operation == "plan")
            if isinstance(event, Diagnostic) and event.error:
                errors.append(self._hidden(event))
            elif event is not None:
                see(event)

        lock = f"-lock-timeout={PATIENCE}"
        ended = self._run(operation, line, operation, "-json", "-input=false", lock, *arguments)
        if ended.code or not whole:
            raise self._failed(operation, ended, tuple(errors) or self._said(ended, ended.errors))

    def _plain(self, *command: str) -> str:
        """Run a command that prints text, and return the text."""
        lines: list[str] = []
        ended = self._run(command[0], lines.append, *command)
        text = "\n".join(lines)
        if ended.code:
            raise self._failed(command[0], ended, self._said(ended, ended.errors or text))
        return text

    def _run(self, name: str, line: Callable[[str], None], *command: str) -> Ended:
        environment = engine_environment(self.given)
        if command[0] not in ("workspace", "init"):
            environment["TF_WORKSPACE"] = self.stage
        log = self.log(name)
        log.touch(mode=0o600)
        program = [self.engine.program, f"-chdir={self.folder}", *command]
        return run(program, environment, log, line, self.told, self.errors)

    def _failed(self, operation: str, ended: Ended, found: tuple[Diagnostic, ...]) -> EngineFailed:
        return EngineFailed(operation, found, self.log(operation), stopped=ended.stopped, killed=ended.killed)

    def log(self, operation: str) -> Path:
        """Return the file of all that the engine said when it did this last."""
        return self.own / f"{self.stage}-{operation}.log"

    def _said(self, ended: Ended, text: str) -> tuple[Diagnostic, ...]:
        """Return the errors in a text, or how the engine ended."""
        if ended.killed:
            how = signal.Signals(-ended.code).name if ended.code < 0 else f"exit code {ended.code}"
            return (Diagnostic(True, f"{self.engine.title} was ended by something else ({how})", ""),)
        errors = unframed(text) or (f"{self.engine.title} ended with exit code {ended.code}",)
        return tuple(Diagnostic(True, self._hide(each), "") for each in errors)

    def _hidden(self, event: Diagnostic) -> Diagnostic:
        return Diagnostic(event.error, self._hide(event.summary), self._hide(event.detail), event.where)

    def _hide(self, text: str) -> str:
        return hidden(text, self.given)


def _planned(seen: list[Event]) -> Planned:
    """Return the plan that an engine told."""
    warnings = (event for event in seen if isinstance(event, Diagnostic) and event.summary not in _OF_TARGETS)
    return Planned(tuple(event for event in seen if isinstance(event, Change)), tuple(warnings))


def variable_files(folder: Path, stage: str) -> tuple[Path, Path]:
    """Return the files that may give a stage its variables; they are the user's."""
    return folder / f"{stage}.tfvars", folder / f"{stage}.tfvars.json"
