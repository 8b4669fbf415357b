"""A stage of the market on the servers of each cloud, and what runs commands for it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conformance.stage.places import PLACES
from unit.tooling.dev.dashboard.market_here import MARKET

from portable.tooling.app.settings import load_settings
from portable.tooling.cli import main
from portable.tooling.deploy.order import Order
from portable.tooling.deploy.record import Record, write_record
from portable.tooling.dev.stored.deployed import opened_there
from portable.tooling.dev.stored.opening import read_model
from portable.tooling.targets import target_names


class Ended(NamedTuple):
    """How a command ended."""

    code: Any
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """What it printed as JSON, line by line."""
        return [json.loads(line) for line in self.out.splitlines()]


Portable = Callable[..., Ended]


class Place:
    """A stage of the market that was deployed from its folder, as its record says."""

    def __init__(self, target: str, project: Path, found: dict[str, str], outputs: dict[str, Any]) -> None:
        self.target, self.found = target, found
        self.settings = load_settings(project, target, target_names())
        self.order = Order(project, target, "prod", project / "dist", "queue jobs peek", os.environ, lambda step: None)
        self.order.record_file.parent.mkdir(parents=True)
        write_record(self.order.record_file, Record("market", "prod", outputs=outputs))

    def opened(self) -> Any:
        """Open what is kept there."""
        return opened_there(self.settings, self.order, lambda text: None)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The market in a folder of its own, read once."""
    folder = tmp_path_factory.mktemp("stages") / "market"
    shutil.copytree(MARKET, folder)
    return folder


@pytest.fixture(scope="session", params=sorted(PLACES))
def place(request: pytest.FixtureRequest, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    app = read_model(load_settings(project, None, target_names()), lambda step: None)
    name: str = request.param
    with PLACES[name](tmp_path_factory.mktemp(name), app, request.getfixturevalue) as (found, outputs):
        place = Place(name, project, found, outputs)
        yield place
        place.order.record_file.unlink()


@pytest.fixture
def portable(
    place: Place, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Portable:
    """Give what runs a command for the stage, in the folder of the market."""
    monkeypatch.chdir(project)
    for name, value in place.found.items():
        monkeypatch.setenv(name, value)

    def run(line: str, **values: str) -> Ended:
        words = [word.format(**values) if values else word for word in shlex.split(line)]
        monkeypatch.setattr("sys.argv", ["portable", *words, "--stage", "prod"])
        capfd.readouterr()
        before = dict(os.environ)
        with pytest.raises(SystemExit) as ended:
            main.run()
        assert dict(os.environ) == before
        printed = capfd.readouterr()
        return Ended(ended.value.code, printed.out, printed.err)

    return run
