"""`portable plan` as a command: without an engine, and with one that plays what a real one said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes.tooling.deploy.fake_engine import FakeEngine, planned, summary
from typer.testing import CliRunner

from portable.tooling.cli.main import program

PHOTOS = str(Path(__file__).parents[4] / "samples" / "photos")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(program(), ["plan", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("target", ["aws", "azure", "container", "gcp", "openfaas"])
def test_every_target_has_a_plan_and_a_picture_without_any_engine(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "app.svg"
    if target == "openfaas":
        target, sample = "openfaas", str(Path(PHOTOS).parent / "hello")
    else:
        sample = PHOTOS
    found = json.loads(run(sample, "--target", target, "--json", "--svg", str(file), "--out", str(tmp_path / "dist")))
    assert found["functions"]
    assert found["identities"]
    assert file.read_text(encoding="utf-8").startswith("<svg ")
    assert not (tmp_path / "dist").exists()


def test_the_engine_is_asked_and_nothing_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(tmp_path / "bin")
    engine.says(plan={"lines": [planned("aws_sqs_queue.jobs", "create"), summary("plan")]})
    monkeypatch.setenv("PATH", str(engine.folder), prepend=":")
    text = run(PHOTOS, "--target", "aws", "--engine", "--out", str(tmp_path / "dist"))
    assert "What the engine would do\n  + aws_sqs_queue.jobs\n1 made" in text
    assert "apply" not in engine.commands()
    assert not list((tmp_path / "dist" / "aws" / "infra" / ".portable").glob("plan"))
