"""--wire and --artifact: which targets the tests run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import UnsupportedError
from portable.testing.choosing import artifact_folder, chosen
from portable.testing.processes import need_host


def artifacts(dist: Path, *targets: str) -> Path:
    for target in targets:
        (dist / target).mkdir(parents=True)
        (dist / target / "manifest.json").write_text("{}", encoding="utf-8")
    return dist


def test_an_artifact_whose_host_the_kit_cannot_start_is_left_out(tmp_path: Path) -> None:
    assert chosen("", artifacts(tmp_path, "aws", "gcp", "local")) == ["aws", "gcp"]


def test_the_folder_of_one_artifact_may_be_given_as_for_doctor(tmp_path: Path) -> None:
    dist = artifacts(tmp_path, "aws", "gcp")
    assert chosen("", dist / "gcp") == ["gcp"]
    assert artifact_folder(dist / "gcp") == artifact_folder(dist) == dist


def test_a_folder_without_an_artifact_is_told_with_the_targets_that_have_a_host(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no artifact .*aws, azure, container, gcp.*portable package --target"):
        chosen("", artifacts(tmp_path, "local"))


def test_a_host_that_is_not_installed_is_told_with_the_command_that_installs_it() -> None:
    need_host("json", "json")
    with pytest.raises(UnsupportedError, match="pip install awslambdaric-of-nobody"):
        need_host("awslambdaric_of_nobody", "awslambdaric-of-nobody")
