"""checkov finds nothing in manifests and Dockerfile but what docs/design/manifests.md lists with its reason, and all of that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from infrastructures import ROOT
from manifested import SAMPLES, files_of, sample
from scanned.checkov import scan

from portable_container.deploy.context import context

PAGE = ROOT / "docs" / "design" / "manifests.md"


def listed(framework: str) -> set[str]:
    """Return the checks that the page refuses. Those of a framework begin alike."""
    return set(re.findall(rf"(?m)^\| (CKV2?_{framework}_\d+) \| [^|]+ \|$", PAGE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("framework", ["kubernetes", "dockerfile"])
def test_what_fails_is_listed_with_its_reason(framework: str, tmp_path: Path) -> None:
    for app in SAMPLES:
        files = files_of(sample(app)) if framework == "kubernetes" else context(app, "1.0", "3.12", {})
        for path, text in files.items():
            file = tmp_path / Path(app).name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    found = scan(tmp_path, framework)
    assert found.unread == ()
    assert len(found.passed) > 100
    name = {"kubernetes": "K8S", "dockerfile": "DOCKER"}[framework]
    assert {check for _, check, _ in found.failed} == listed(name)
