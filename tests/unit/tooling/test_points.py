"""The entry points of what is installed, without `importlib.metadata`."""

from __future__ import annotations

import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from portable.tooling.points import Point, points

GROUPS = ("portable.targets", "portable.here")


def installed(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "entry_points.txt").write_text(text)


def test_they_are_those_that_python_finds() -> None:
    theirs = {(p.group, p.name, p.value) for group in GROUPS for p in entry_points(group=group)}
    assert set(map(tuple, points(sys.path, GROUPS))) == theirs
    assert len(theirs) > 3


def test_the_first_distribution_of_a_name_counts_and_other_groups_do_not(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    text = (
        "[console_scripts]\nx = y:z\n\n[portable.targets]\n# a note\nmine = my.cloud : target.one [more]\nbare=bare\n"
    )
    installed(near, "My_Cloud-1.0.dist-info", text)
    installed(far, "my.cloud-2.0.dist-info", "[portable.targets]\nother = other:target\n")
    installed(far, "egg.egg-info", "[portable.here]\negg = os:path.join\n")
    found = points([str(near), str(tmp_path / "nowhere"), str(far)], GROUPS)
    assert found == [
        Point("portable.targets", "mine", "my.cloud:target.one"),
        Point("portable.targets", "bare", "bare"),
        Point("portable.here", "egg", "os:path.join"),
    ]
    assert found[2].load() is __import__("os").path.join
    assert found[1].module == "bare"


def test_what_lies_in_an_archive_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "zipped-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("zipped-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: zipped\nVersion: 1.0\n")
        archive.writestr("zipped-1.0.dist-info/entry_points.txt", "[portable.here]\nzipped = zipped:here\n")
    monkeypatch.setattr(sys, "path", [str(wheel), *sys.path])
    assert Point("portable.here", "zipped", "zipped:here") in points(sys.path, GROUPS)
