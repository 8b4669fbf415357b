"""schemathesis drives `portable dev` by the OpenAPI document of each sample: no server error, no reply that it does not name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from architecture.tracked import ROOT
from servers.process import free_port, running

VERSION = "4.32.5"
COMMAND = ("uvx", f"schemathesis@{VERSION}")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
PORTABLE = str(Path(sys.executable).with_name("portable"))


@pytest.fixture(scope="module")
def schemathesis() -> tuple[str, ...]:
    """Return the command of schemathesis. Skips where it cannot be installed."""
    if shutil.which(COMMAND[0]) is None:
        pytest.skip("uvx is not on this machine: install uv (pip install uv)")
    ready = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=False)
    if ready.returncode != 0:
        pytest.skip(f"schemathesis {VERSION} cannot be installed here, it takes a registry: {ready.stderr[-300:]}")
    return COMMAND


def fuzzed(app: Path, schemathesis: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """Return how schemathesis ended over an app."""
    document, port = folder / "openapi.json", free_port()
    subprocess.run([PORTABLE, "openapi", str(app), "--out", str(document)], check=True)
    dev = [PORTABLE, "dev", str(app), "--port", str(port), "--no-schedules"]
    options = ("--max-examples=100", "--seed=1", "--phases=examples,coverage,fuzzing", f"--checks={CHECKS}")
    with running(dev, port, folder / "dev.log"):
        command = [*schemathesis, "run", str(document), "--url", f"http://127.0.0.1:{port}", "--no-color", *options]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


@pytest.mark.parametrize("sample", ["hello", "photos", "orders"])
def test_a_sample_answers_as_its_document_says(sample: str, schemathesis: tuple[str, ...], tmp_path: Path) -> None:
    app = tmp_path / sample
    shutil.copytree(ROOT / "samples" / sample, app, ignore=shutil.ignore_patterns(".portable"))
    done = fuzzed(app, schemathesis, tmp_path)
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [("1 / size", "Server error"), ("{'size': 'much'} if size > 3 else {'size': 1}", "Response violates schema")],
)
def test_an_app_that_answers_otherwise_is_found(
    answer: str, problem: str, schemathesis: tuple[str, ...], tmp_path: Path
) -> None:
    source = "from portable import function, http\n\n\n@function(http.get('/x'))\n"
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text(
        f"{source}def shown(size: int) -> dict[str, int]:\n    return {answer}\n", encoding="utf-8"
    )
    done = fuzzed(tmp_path / "app", schemathesis, tmp_path)
    assert done.returncode == 1
    assert problem in done.stdout, done.stdout[-3000:]
