"""What a stage has made is kept by its key: made once, made again when it does not hold, and the same either way."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.tooling.cache import Cache, Kept
from portable.tooling.pipeline import package

APP = """
from portable import function, http

@function(http.get("/"))
def home() -> str:
    return "hello"
"""


class Doubling:
    """A step that counts how often it is done."""

    def __init__(self, holds: bool = True, worth: bool = True) -> None:
        self.done: list[int] = []
        self.kept = Kept(
            "doubled",
            self.make,
            str,
            lambda made: str(made).encode() if worth else None,
            lambda entry, given: int(entry) if holds else None,
        )

    def make(self, given: int) -> int:
        self.done.append(given)
        return given * 2


def test_a_result_is_made_once_for_each_key(tmp_path: Path) -> None:
    step, cache = Doubling(), Cache(tmp_path)
    assert [step.kept(given, cache) for given in (1, 2, 1, 2)] == [2, 4, 2, 4]
    assert step.done == [1, 2]


@pytest.mark.parametrize("step", [Doubling(holds=False), Doubling(worth=False)])
def test_an_entry_that_does_not_hold_or_was_not_worth_keeping_is_made_again(tmp_path: Path, step: Doubling) -> None:
    assert [step.kept(1, Cache(tmp_path)) for _ in range(2)] == [2, 2]
    assert step.done == [1, 1]


def test_fresh_makes_all_again_and_keeps_it(tmp_path: Path) -> None:
    step = Doubling()
    assert step.kept(1, Cache(tmp_path, fresh=True)) == step.kept(1, Cache(tmp_path, fresh=True)) == 2
    assert step.kept(1, Cache(tmp_path)) == 2
    assert step.done == [1, 1]


def test_a_second_run_does_nothing_slow_and_makes_the_same_artifact(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/pyproject.toml").write_text(
        '[project]\nname = "shelf"\nversion = "1"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (tmp_path / "shelf/backend.py").write_text(BACKEND)
    (tmp_path / "requirements.txt").write_text("--no-index\n./shelf\n")
    told: list[str] = []
    for target in ("aws", "local"):
        first = package(tmp_path, target, tmp_path / "dist", told.append).manifest
        slow = len(told)
        assert package(tmp_path, target, tmp_path / "dist", told.append).manifest == first
        assert told[slow:] == []
        anew = package(tmp_path, target, tmp_path / "dist", told.append, fresh=True).manifest
        assert anew["requirements"] == first["requirements"]
        assert anew["files"].keys() == first["files"].keys()
        assert told[slow:] != []


BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(folder + "/shelf-1-py3-none-any.whl", "w") as made:
        made.writestr("shelf.py", "books = 1\\n")
        made.writestr("shelf-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: shelf\\nVersion: 1\\n")
        made.writestr("shelf-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        made.writestr("shelf-1.dist-info/RECORD", "shelf.py,,\\n")
    return "shelf-1-py3-none-any.whl"
"""
