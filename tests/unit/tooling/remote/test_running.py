"""What runs in a stage, by the artifact that is there."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from unit.tooling.remote.stages import running as stage

from portable.errors import PortableError
from portable.tooling.deploy.order import Order
from portable.tooling.infra.remote import Running
from portable.tooling.remote.running import reach


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    (tmp_path / "app.py").write_text("")
    folder = tmp_path / "dist" / "aws"
    folder.mkdir(parents=True)
    manifest = {"schema": 2, "files": {}, **msgspec.to_builtins(stage().blueprint)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def running(app: Path, target: str, stage: str) -> Running:
    return reach(Order(app, target, stage, app / "dist", "logs", {}, lambda step: None)).running


def test_it_is_read_from_the_manifest(app: Path) -> None:
    found = running(app, "aws", "prod")
    assert found.stage.called("work") == "shop-prod-work"
    assert found.blueprint == stage().blueprint


def test_without_an_artifact_the_message_has_the_command_that_makes_one(app: Path) -> None:
    with pytest.raises(PortableError, match=r"portable package .* --target gcp"):
        running(app, "gcp", "dev")


def test_an_artifact_of_another_app_is_refused(app: Path) -> None:
    (app / "pyproject.toml").write_text('[project]\nname = "bank"\nversion = "1"\n')
    with pytest.raises(PortableError, match=r'holds the app "shop", and this is "bank"'):
        running(app, "aws", "dev")


@pytest.mark.parametrize("name", ["Prod", "", "a" * 17, "../x", "x-"])
def test_a_name_that_no_stage_has_is_refused(app: Path, name: str) -> None:
    with pytest.raises(PortableError, match="is not the name of a stage"):
        running(app, "aws", name)


def test_a_target_that_nothing_talks_to_is_told_by_name(app: Path) -> None:
    with pytest.raises(PortableError, match="runs on openfaas: use its own tools"):
        running(app, "openfaas", "dev")
