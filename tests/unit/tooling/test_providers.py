"""Which installed distributions hold a module: the same answer as the standard library's, for the names asked for."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from portable.tooling.app.providers import providers


def test_it_is_what_the_standard_library_says_of_all_that_is_installed() -> None:
    known = {name: set(found) for name, found in packages_distributions().items()}
    assert len(known) > 20
    assert providers(set(known)) == known
    for name in ("hypothesis", "google", "yaml"):
        assert providers({name}) == {name: known[name]}
    assert providers({"no_such_module"}) == {}


@pytest.mark.parametrize(
    ("files", "holds"),
    [
        ({"top_level.txt": "one\ntwo\n", "RECORD": "three.py,,\n"}, {"one", "two"}),
        ({"RECORD": "one/__init__.py,,\nfour.py,,\nfive.cpython-311-x86_64-linux-gnu.so,,\n"}, {"one", "four"}),
        ({"RECORD": "other/one.py,,\nother/two/four.py,,\n"}, set()),
        ({}, set()),
    ],
)
def test_what_a_distribution_tells_of_itself_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], holds: set[str]
) -> None:
    info = tmp_path / "mine-1.0.dist-info"
    info.mkdir()
    for name, text in {"METADATA": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n", **files}.items():
        (info / name).write_text(text)
    for record in files.get("RECORD", "").splitlines():
        file = tmp_path / record.partition(",")[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert providers({"one", "two", "four", "no"}) == {name: {"mine"} for name in holds}
