"""A target in a distribution of its own: every command and the test kit know it, and `portable` knows nothing of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STRANGER = Path(__file__).parents[1] / "stranger" / "portable_stranger"
APP = """
from typing import Annotated
from portable import Request, Secret, Setting, function, http

@function(http.get("/hello/{name}"))
def hello(name: str, greeting: Annotated[str, Setting("greeting", default="hello")]) -> dict[str, str]:
    return {"text": f"{greeting} {name}"}

@function(http.post("/hello/{name}"))
async def store(request: Request, token: Annotated[str, Secret("token")]) -> str:
    return f"{len(request.body)} {token}"
"""
TESTS = """
def test_the_app(cloud):
    cloud.secret("token").set("t")
    assert cloud.http.get("/hello/a%20b").expect(200).json() == {"text": "hello a b"}
    assert cloud.http.post("/hello/x", content=b"abc").expect(200).text == "3 t"
    cloud.http.delete("/hello/x").expect(405)
    assert [call.function for call in cloud.calls] == ["hello", "store"]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the distribution as an installer leaves it: the package and its metadata."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(STRANGER, folder / "portable_stranger", ignore=shutil.ignore_patterns("__pycache__"))
    metadata = folder / "portable_stranger-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: portable-stranger\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[portable.targets]\nstranger = portable_stranger.deploy.target:target\n"
    )
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "app.py").write_text(APP)
    (folder / "test_app.py").write_text(TESTS)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    (folder / "pyproject.toml").write_text(f'[tool.portable]\nname = "greeter"\npython = "{python}"\n')
    return folder


def run(site: Path, project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    options = {"cwd": project, "env": environment, "capture_output": True, "text": True, "check": False}
    return subprocess.run([sys.executable, "-m", *command], **options)  # type: ignore[call-overload, no-any-return]


def portable(site: Path, project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return run(site, project, "portable.tooling.cli.main", *command)


@pytest.fixture(scope="module")
def artifact(site: Path, project: Path) -> Path:
    done = portable(site, project, "package", "--target", "stranger")
    assert done.returncode == 0, done.stderr
    return project / "dist" / "stranger"


def test_its_package_holds_its_runtime_and_nothing_else_of_it(artifact: Path) -> None:
    bundle = artifact / "bundle"
    ours = sorted(path.relative_to(bundle).as_posix() for path in bundle.glob("portable_stranger/**/*.py"))
    assert ours == [
        "portable_stranger/__init__.py",
        "portable_stranger/runtime/__init__.py",
        "portable_stranger/runtime/http.py",
        "portable_stranger/runtime/settings.py",
    ]
    manifest = json.loads((artifact / "manifest.json").read_text())
    assert (manifest["target"], [one["entry"] for one in manifest["functions"]]) == ("stranger", ["main", "main"])


def test_doctor_loads_its_package(site: Path, project: Path, artifact: Path) -> None:
    done = portable(site, project, "doctor", "dist")
    assert done.returncode == 0, done.stderr
    assert "ok  main loads" in done.stdout


@pytest.mark.parametrize("how", [("--wire", "stranger"), ("--wire", "stranger", "--artifact", "dist")])
def test_the_tests_of_an_app_run_on_it(site: Path, project: Path, artifact: Path, how: tuple[str, ...]) -> None:
    done = run(site, project, "pytest", "-q", "-p", "no:cacheprovider", *how)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_its_keys_and_its_refusals_are_known(site: Path, project: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.portable]\nname = "x"\n\n[tool.portable.stranger]\ncolor = "red"\n')
    (tmp_path / "app.py").write_text(
        "from portable import *\n@function(schedule.every(hours=1))\ndef tick(t: Tick) -> None: ...\n"
    )
    wrong = portable(site, tmp_path, "package", "--target", "stranger")
    assert (wrong.returncode, "'color'" in wrong.stderr, "colour" in wrong.stderr) == (1, True, True)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.portable]\nname = "x"\n\n[tool.portable.stranger]\ncolour = "red"\n'
    )
    refused = portable(site, tmp_path, "package", "--target", "stranger")
    assert refused.returncode == 1
    assert "app.py:2: tick: A stranger's platform does not support the trigger: schedule" in refused.stderr


def test_its_own_numbers_names_and_sentences_are_checked(site: Path, project: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.portable]\nname = "x"\n')
    (tmp_path / "app.py").write_text(
        "from portable import *\n@function(http.get('/'), timeout=25, environment={'COLOUR': 'red'})\ndef home() -> None: ...\n"
    )
    done = portable(site, tmp_path, "check", "--target", "stranger", "--json")
    found = {one["rule"]: (one["level"], one["message"], one["line"]) for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert found["limit"] == ("warning", "home: timeout=25 is too long: a line waits 20 s for its answer", 2)
    assert found["name"] == ("error", 'the variable "COLOUR": the platform sets this variable itself', 2)
    moved = portable(site, project, "check", "--from", "aws", "--to", "stranger")
    assert moved.returncode == 0, moved.stdout
    assert "http, time-out: differs between the targets" in moved.stdout
    assert "stranger secrets write token" in moved.stdout


def test_without_the_distribution_nothing_knows_it(project: Path, tmp_path: Path) -> None:
    done = portable(tmp_path, project, "package", "--target", "stranger")
    assert done.returncode == 2
    assert 'there is no target "stranger"' in done.stderr
