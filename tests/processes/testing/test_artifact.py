"""`--artifact`: the same test on the package of each cloud, in that cloud's real host process, over the in-memory cloud."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from portable.errors import PortableError, UnsupportedError
from portable.tooling.pipeline import package

ROOT = Path(__file__).parents[3]
TARGETS = ("aws", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("azure", "container", "gcp")))
"""The suite of each target runs its package in its host too; what is looked at here is the way from the command line to there."""
TESTS = """
from app import Job, download, index, jobs, nightly, photos, work

PHOTO = b"\\xff\\xd8\\xff\\xe0" + bytes(60)


def test_flow(cloud):
    cloud.http.put("/photos/a%20b.jpg", content=PHOTO).expect(201)
    cloud.settle()
    assert cloud.http.get("/photos").expect(200).json() == [{"name": "a b.jpg", "size": 64, "media_type": "image/jpeg"}]
    assert cloud.http.get("/photos/a%20b.jpg").content == PHOTO
    assert len(cloud.function(index).calls) == 1
    cloud.queue(jobs).send(Job("a b.jpg", "c.jpg"))
    cloud.settle()
    assert cloud.bucket(photos).keys("originals/") == ["originals/c.jpg"]
    cloud.schedule(nightly).fire(at="2026-05-04T03:00")
    assert cloud.bucket(photos).get("reports/2026-05-04.json")
    assert cloud.failures == []


def test_what_a_handler_raises_is_known(cloud):
    cloud.queue(jobs).send(Job("nothing", "c.jpg"))
    cloud.settle()
    assert [failure.attempt for failure in cloud.function(work).failures] == [1, 2, 3, 4, 5]
    assert "there is no photo nothing" in cloud.failures[0].traceback
    assert "sitecustomize" not in cloud.failures[0].traceback
    assert cloud.function(work).calls[0].event.payload == Job("nothing", "c.jpg")
    cloud.function(download).fail_next(RuntimeError("boom"))
    cloud.http.get("/photos/c.jpg").expect(500)


def test_a_metric_is_known(cloud):
    from app import count
    cloud.http.get("/count").expect(204)
    [metric] = cloud.function(count).metrics
    assert (metric.name, metric.value, metric.dimensions) == ("counts", 2, {"shop": "x"})
"""
COUNTING = """

import os

from portable import Context


@function(http.get("/count"), environment={"SHOP": "x"})
def count(context: Context) -> None:
    context.metric("counts", 2, unit="None", shop=os.environ["SHOP"])
"""


@pytest.fixture(scope="module")
def app() -> Path:
    """A copy of the sample in a folder that stays, so that what was resolved is kept."""
    folder = ROOT / ".nox" / "walk" / "kit-photos"
    (folder / "tests").mkdir(parents=True, exist_ok=True)
    sample = ROOT / "samples" / "photos"
    (folder / "app.py").write_bytes((sample / "app.py").read_bytes() + COUNTING.encode())
    settings = (sample / "pyproject.toml").read_text() + '\n[tool.portable.azure]\npython = "3.13"\n'
    (folder / "pyproject.toml").write_text(settings)
    (folder / "tests" / "test_app.py").write_text(TESTS)
    return folder


@pytest.fixture(scope="module")
def outcomes(app: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """How each test ended, by its id, and what pytest said: all packages that can be made here, in one run of the tests."""
    folder, skipped = tmp_path_factory.mktemp("packages"), {}
    targets = _chosen(request)
    for target in targets:
        try:
            host(target)
            package(app, target, folder, lambda step: None)
        except pytest.skip.Exception as error:
            skipped[target] = str(error)
        except PortableError as error:
            skipped[target] = f"the sample cannot be packaged here: {error}"
    made = [target for target in targets if target not in skipped]
    if not made:
        return skipped
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--wire", ",".join(made)]
    done = subprocess.run(
        [*command, "--artifact", str(folder)], cwd=app, capture_output=True, text=True, timeout=180, check=False
    )
    ended = re.findall(r"::(\w+\[\w+\]) ([A-Z]+)", done.stdout)
    return {**dict(ended), **skipped, "said": done.stdout + done.stderr}


def _chosen(request: pytest.FixtureRequest) -> list[str]:
    """Return the targets whose tests run this time."""
    items = (item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path)
    return [item.callspec.params["target"] for item in items if hasattr(item, "callspec")]


def host(target: str) -> None:
    """Make the host of a target ready. Skips when it is missing."""
    if target == "aws":
        pytest.importorskip("awslambdaric", reason="the Lambda runtime client: uv pip install awslambdaric")
    elif target == "container":
        pytest.importorskip("uvicorn", reason='uv pip install "portable-functions[container]"')
    elif target == "gcp":
        pytest.importorskip("functions_framework", reason="uv pip install functions-framework")
    else:
        from servers.azure_worker import azure_worker

        azure_worker()


@pytest.mark.parametrize("target", TARGETS)
def test_the_package_passes_the_tests_of_the_app(outcomes: Mapping[str, str], target: str) -> None:
    if target in outcomes:
        pytest.skip(outcomes[target])
    for test in ("test_flow", "test_what_a_handler_raises_is_known", "test_a_metric_is_known"):
        assert outcomes.get(f"{test}[{target}]") == "PASSED", outcomes["said"]


def test_without_a_package_it_says_which_command_makes_one(app: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--wire", "aws", "--artifact", str(tmp_path)],
        cwd=app,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "run `portable package --target aws` first" in done.stdout


def test_without_the_azure_worker_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portable_azure.testing.worker import worker_command

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PORTABLE_AZURE_WORKER", sys.executable)
    with pytest.raises(UnsupportedError, match=r"uv pip install -p \.azure-worker azure-functions-runtime"):
        worker_command()


def test_the_azure_worker_is_found_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portable_azure.testing.worker import PROGRAM, worker_command

    python = tmp_path / ".azure-worker" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORTABLE_AZURE_WORKER", raising=False)
    assert worker_command() == [str(python), str(PROGRAM)]
    assert PROGRAM.is_file()
