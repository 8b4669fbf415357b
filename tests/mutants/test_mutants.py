"""Every mistake of the catalogue is found by the kit's ordinary use, and its right twin is never accused."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mutants.catalogue import mistakes, themes
from mutants.document import documents
from mutants.form import ACCIDENTS, PLAIN, REQUESTS, WIRES, Mistake
from mutants.running import FAILURES, TARGETS, disturbed, note_of, plain

Record = Callable[[str, object], None]
ALL = mistakes()
UNDER_ACCIDENTS = [each for each in ALL if each.found_by in (ACCIDENTS, REQUESTS)]
ELSEWHERE = [each for each in ALL if each.found_by in (PLAIN, WIRES)]
SCHEDULES = int(os.environ.get("PORTABLE_MUTANTS", "10"))
"""Under how many schedules each right twin runs; `nox -s mutants` asks for 250."""
FUNCTION = re.compile(r"^async def (\w+)\(|^def (\w+)\(", re.MULTILINE)


def name_of(mistake: Mistake) -> str:
    return mistake.name


def functions_of(mistake: Mistake) -> set[str]:
    return {(one or other).replace("_", "-") for one, other in FUNCTION.findall(mistake.source(right=False))}


@pytest.mark.parametrize("mistake", UNDER_ACCIDENTS, ids=name_of)
def test_a_mistake_that_a_plain_run_does_not_show_is_found_in_fifty_schedules(mistake: Mistake, tmp_path: Path) -> None:
    plain(mistake, tmp_path, right=False)
    with pytest.raises(FAILURES) as failed:
        disturbed(mistake, tmp_path, right=False)
    note = note_of(failed.value)
    assert "passes without accidents" in note
    steps = re.findall(r"^  (\d+)\. ([\w-]+), ", note, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert steps
    assert {function for _, function in steps} <= functions_of(mistake)
    assert "Run just this again: @at_least_once(replay=[" in note


@pytest.mark.parametrize("mistake", ELSEWHERE, ids=name_of)
def test_a_mistake_that_needs_no_accident_is_found_by_a_plain_run(mistake: Mistake, tmp_path: Path) -> None:
    if mistake.found_by == WIRES:
        plain(mistake, tmp_path, right=False)
        assert any(fails(mistake, tmp_path, target) for target in TARGETS)
    else:
        assert fails(mistake, tmp_path)


@pytest.mark.parametrize("mistake", ALL, ids=name_of)
def test_a_right_twin_is_never_accused(mistake: Mistake, tmp_path: Path, record_property: Record) -> None:
    ran = 0
    while ran < SCHEDULES:
        ran += disturbed(mistake, tmp_path, right=True, seed=ran, runs=min(50, SCHEDULES - ran))
    record_property("schedules", ran)


@pytest.mark.parametrize("mistake", ALL, ids=name_of)
def test_a_right_twin_is_not_accused_on_a_wire(mistake: Mistake, tmp_path: Path) -> None:
    ordered = "ordered=True" in mistake.app or "deduplicated=True" in mistake.app  # which not every cloud can do
    target = "aws" if ordered else TARGETS[ALL.index(mistake) % len(TARGETS)]
    disturbed(mistake, tmp_path, right=True, runs=8, wire=target)


def test_the_catalogue_is_as_broad_as_it_says() -> None:
    assert len({each.name for each in ALL}) == len(ALL)
    assert len({each.source(right=True) for each in ALL}) >= 40
    assert all(themes().values())


def test_the_documents_tell_the_catalogue() -> None:
    for path, text in documents().items():
        assert path.read_text(encoding="utf-8") == text, "run python tests/mutants/document.py"


def test_a_cloud_whose_keys_are_decoded_wrongly_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portable_aws.runtime import objects

    monkeypatch.setattr(objects, "unquote", lambda text: text)
    mistake = next(each for each in ALL if each.name == "a_name_may_hold_anything")
    assert fails(mistake, tmp_path, "aws", right=True)


def fails(mistake: Mistake, folder: Path, wire: str | None = None, *, right: bool = False) -> bool:
    try:
        plain(mistake, folder, right=right, wire=wire)
    except FAILURES:
        return True
    return False
