"""Buildah and Podman with one store for all tests of images, and the stack of a sample."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from images.base import BASE, VERSION, Builder, builder, settings_of_pip
from images.engines import make_engines
from images.stack import IMAGE, Stack
from infrastructures import ROOT
from servers.process import free_port


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return builder(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def infra(tmp_path_factory: pytest.TempPathFactory, programs: Builder) -> Path:
    """What `portable package` and `portable infra` write for the sample, with its image built and what a user adds to it."""
    app, out = tmp_path_factory.mktemp("app") / "orders", tmp_path_factory.mktemp("dist")
    shutil.copytree(ROOT / "samples" / "orders", app, ignore=shutil.ignore_patterns("tests", ".*", "__pycache__"))
    settings = app / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    own = f'[tool.portable]\npython = "{VERSION}"\ncontainer.base = "{BASE}"\n'
    settings.write_text(text.replace("[tool.portable]\n", own), encoding="utf-8")
    for command in (("package",), ("infra", "--stage", "dev")):
        line = [sys.executable, "-m", "portable.tooling.cli.main", command[0], str(app), "--target", "container"]
        done = subprocess.run([*line, *command[1:], "--out", str(out)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    programs.build(out / "container" / "bundle", IMAGE, *settings_of_pip())
    found = out / "container" / "infra"
    [made] = [
        line for line in (found / ".env.example").read_text(encoding="utf-8").splitlines() if line.startswith("# (")
    ]
    subprocess.run(["sh", "-c", made.removeprefix("# ")], cwd=found, check=True)
    (found / "secrets").mkdir()
    (found / "secrets" / "payment-key").write_text("key", encoding="utf-8")
    return found


@pytest.fixture(scope="session")
def stack(infra: Path, programs: Builder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    make_engines(programs, tmp_path_factory.mktemp("engines"))
    found = Stack(programs, infra, free_port())
    try:
        for name in found.services:
            if found.state(name) is None:
                found.up(name)
        yield found
    finally:
        found.compose("down", "--volumes")
