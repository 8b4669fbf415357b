"""The commands over data, run in the folder of a market."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from unit.tooling.dev.dashboard.market_here import copied

from portable.tooling.cli import main


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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a market that is read once. Tests share it, so each uses names of its own."""
    folder = tmp_path_factory.mktemp("terminal") / "market"
    copied(folder)
    return folder


@pytest.fixture
def portable(project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Portable]:
    """Give what runs a command in the folder of the market."""
    before = dict(os.environ)
    monkeypatch.chdir(project)

    def run(line: str, **values: str) -> Ended:
        arguments = [word.format(**values) if values else word for word in shlex.split(line)]
        monkeypatch.setattr("sys.argv", ["portable", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run()
        printed = capfd.readouterr()
        return Ended(ended.value.code, printed.out, printed.err)

    yield run
    os.environ.clear()
    os.environ.update(before)
