"""checkov finds nothing but the exceptions that docs/security.md lists with their reasons, and each of them is still one."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import pytest
from infrastructures import ROOT, tool
from scanned.checkov import Scan, scan
from scanned.hcl import hcl

from portable.tooling.infra.stage import Stage
from portable.tooling.targets import load_target

APPS = ("samples/photos", "samples/orders", "tests/apps/deployed", "tests/apps/everything")
TARGETS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}
STAGES = ("dev", "prod")
PAGE = ROOT / "docs" / "security.md"
DEV = "`dev`: "


class Exempt(NamedTuple):
    """A check that fails on what fits a pattern, in the stage dev alone or in every one."""

    check: str
    pattern: str
    dev: bool

    def holds(self, stage: str, check: str, resource: str) -> bool:
        """Say whether a failure is this exception."""
        label = resource.partition(".")[2]
        return (stage == "dev" or not self.dev) and self.check == check and fnmatchcase(label, self.pattern)


def exceptions(target: str) -> list[Exempt]:
    """Return the exceptions that the page lists for a target."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## What a scanner says on {TARGETS[target]}\n")[2]
    found = []
    for checks, on in re.findall(r"(?m)^\| (CKV[\w, ]+) \| ([^|]+) \|", section.partition("\n## ")[0]):
        patterns = re.findall("`([^`]+)`", on.removeprefix(DEV)) or ["*"]
        found += [Exempt(check, each, on.startswith(DEV)) for check in checks.split(", ") for each in patterns]
    return found


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scan, int]:
    """What checkov says of every app, target and stage, and how many resources were made."""
    folder, count = tmp_path_factory.mktemp("scanned"), 0
    for app in APPS:
        with tool().imported(ROOT / app) as model:
            for target in TARGETS:
                blueprint = tool().blueprint_of(model, target, tool().options_of(Path(app).name, target))
                for stage in STAGES:
                    made = load_target(target).infra(blueprint, Stage(model.name, stage))
                    assert made is not None
                    count += len(made.main.resources())
                    _write(folder / Path(app).name / target / stage, made.files())
    return scan(folder), count


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace(".tf.json", ".tf")).write_text(hcl(json.loads(text)), encoding="utf-8")


def test_checkov_has_read_every_resource(scanned: tuple[Scan, int]) -> None:
    found, made = scanned
    assert found.unread == ()
    assert found.resources == made > 0
    looked_at = {folder for folder, _, _ in found.passed}
    assert looked_at == {f"{Path(app).name}/{target}/{stage}" for app in APPS for target in TARGETS for stage in STAGES}


@pytest.mark.parametrize("target", TARGETS)
def test_what_fails_is_listed_with_its_reason(scanned: tuple[Scan, int], target: str) -> None:
    known = exceptions(target)
    unlisted = [
        (folder, check, resource)
        for folder, check, resource in sorted(scanned[0].failed)
        for _, on, stage in [folder.split("/")]
        if on == target and not any(one.holds(stage, check, resource) for one in known)
    ]
    assert unlisted == []


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_listed_still_fails(scanned: tuple[Scan, int], target: str) -> None:
    failed = [(*folder.split("/")[1:], check, resource) for folder, check, resource in scanned[0].failed]
    needless = [
        one
        for one in exceptions(target)
        if not any(
            on == target and stage == ("dev" if one.dev else "prod") and one.holds(stage, check, resource)
            for on, stage, check, resource in failed
        )
    ]
    assert needless == []
