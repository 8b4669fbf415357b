"""`Order`: what a command of a stage was asked for; and `at_work`, in which it works: alone, with an engine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling import pipeline
from portable.tooling.deploy.configuration import OWN, Configuration
from portable.tooling.deploy.engine import Engine, find_engine
from portable.tooling.deploy.faults import Situation
from portable.tooling.deploy.lock import locked
from portable.tooling.deploy.record import Record, read_record, record_file
from portable.tooling.infra.blueprint import read_blueprint
from portable.tooling.infra.deploying import Deploying
from portable.tooling.infra.files import FOLDER
from portable.tooling.infra.remote import Remote, Running
from portable.tooling.infra.stage import check_stage
from portable.tooling.stage_values import Packaged, Planned
from portable.tooling.targets import load_target


@dataclass(frozen=True, slots=True)
class Order:
    """What to do it with. `command` is its name and options, so that it can be run again.

    `report` is called with each step that may take long.
    """

    app: Path
    target: str
    stage: str
    out: Path
    command: str
    environment: Mapping[str, str]
    report: Callable[[str], None]

    @property
    def artifact(self) -> Path:
        """Return the folder of the artifact."""
        return (self.out / self.target).resolve()

    @property
    def folder(self) -> Path:
        """Return the folder of the infrastructure's files."""
        return self.artifact / FOLDER

    @property
    def record_file(self) -> Path:
        """Return the file of the stage's record."""
        return record_file(self.folder / OWN, self.stage)

    def record(self) -> Record | None:
        """Return the record of the stage."""
        return read_record(self.record_file)

    def package(self) -> Packaged:
        """Package the app for the stage."""
        return pipeline.package(self.app, self.target, self.out, self.report, stage=self.stage)

    def planned(self) -> Planned:
        """Plan the app for the stage: nothing is installed, compiled or written."""
        return pipeline.planned(self.app, self.target, self.out, self.report, self.stage)

    def running(self, manifest: Mapping[str, Any], outputs: Mapping[str, Any] | None = None) -> Running:
        """Return what runs in the stage, by a manifest. Its outputs are those of the last deployment, unless others are given."""
        record, blueprint = self.record(), read_blueprint(manifest)
        known = record.outputs if record is not None else {}
        return Running(blueprint, check_stage(blueprint.app, self.stage), known if outputs is None else outputs)

    def alone(self) -> AbstractContextManager[Path]:
        """Hold the lock of what only one command at a time may work on: the artifact, and what is deployed of it."""
        return locked(self.out.resolve() / f".{self.target}.lock", self.again(), self.report)

    def again(self, command: str = "") -> str:
        """Return the command line of this order, or of another command for the same stage."""
        where = "" if self.app == Path() else f" {shlex.quote(str(self.app))}"
        out = "" if self.out == Path("dist") else f" --out {shlex.quote(str(self.out))}"
        return f"portable {command or self.command}{where} --target {self.target} --stage {self.stage}{out}"


@dataclass(frozen=True, slots=True)
class Work:
    """Who does the work of an order. `errors` is the file that holds the lock of the engine."""

    order: Order
    deploying: Deploying
    engine: Engine
    errors: Path

    def configuration(self, **variables: str) -> Configuration:
        """Return the configuration of the stage, with variables that count before the user's own."""
        order = self.order
        return Configuration(
            self.engine, order.folder, order.stage, order.environment, order.report, self.errors, variables
        )

    def situation(self, app: str) -> Situation:
        """Return where a fault happens."""
        order = self.order
        return Situation(order.target, order.stage, app, self.engine.name, order.folder, order.again(), self.deploying)


@contextmanager
def at_work(order: Order) -> Iterator[Work]:
    """Yield who does the work, while no other command works on the same files.

    Raises PortableError without an engine, and for a target that no engine makes.
    """
    deploying = deploying_of(order.target)
    engine = find_engine(order.environment)
    with order.alone() as errors:
        yield Work(order, deploying, engine, errors)


def deploying_of(target: str) -> Deploying:
    """Return what a target says of its deployments. Raises PortableError for one that has none."""
    known = load_target(target)
    found = known.deploying()
    if found is None:
        raise PortableError(f"portable cannot deploy to {target}: {known.by_hand}")
    return found


def remote_of(target: str) -> Callable[[Running], Remote]:
    """Return what makes the `Remote` of a target's stages. Raises PortableError for a target that has none."""
    found = load_target(target).remote()
    if found is None:
        raise PortableError(f"portable cannot read, call or update what runs on {target}: use its own tools")
    return found


def written_for(folder: Path) -> str | None:
    """Return the stage that the files in a folder were written for, None where they do not say it."""
    try:
        found = json.loads((folder / "outputs.tf.json").read_text(encoding="utf-8"))
        return str(found["output"]["stage"]["value"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
