"""Artifacts, each packaged once a session by the command a user types."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from servers.shared import azure_storage as azure_storage
from servers.shared import pubsub_host as pubsub_host
from walk.command import Command, command

if TYPE_CHECKING:
    from walk.container_stage import ContainerStage

ROOT = Path(__file__).parents[2]

Package = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Return a function (app folder relative to the project, target) -> dist/<target>."""
    made: dict[tuple[str, str], Path] = {}

    def run(app: str, target: str) -> Path:
        key = (app, target)
        if key not in made:
            out = tmp_path_factory.mktemp("dist")
            command = [sys.executable, "-m", "portable.tooling.cli.main", "package", str(ROOT / app)]
            done = subprocess.run(
                [*command, "--target", target, "--out", str(out)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            made[key] = out / target
        return made[key]

    return run


@pytest.fixture(scope="session")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerStage]:
    """The app `deployed` packaged as an image, and its engines, which are migrated."""
    from walk.container_stage import container_stage

    with container_stage(tmp_path_factory.mktemp("container")) as stage:
        yield stage


@pytest.fixture
def portable(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Return the command, run in this process: `portable("doctor", folder=…, code=1)`."""
    return command(monkeypatch, capfd)
