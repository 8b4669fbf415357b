"""The design is short enough to be read, leads to every page of decisions, and names only files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from architecture.tracked import ROOT, name, tracked

OVERVIEW = ROOT / "docs" / "design.md"
PAGES = sorted((ROOT / "docs" / "design").glob("*.md"))
MOST_LINES = 200
MADE = {"stack.yaml", "pyproject.toml", "requirements.txt", "portable_start.py"}
"""Files of an app or an artifact, not of this project."""


def test_the_overview_is_read_at_once_and_leads_to_every_page() -> None:
    text = OVERVIEW.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert set(re.findall(r"\]\(design/([a-z]+\.md)\)", text)) == {page.name for page in PAGES}


@pytest.mark.parametrize("page", [OVERVIEW, *PAGES], ids=lambda page: str(page.name))
def test_a_page_is_short_and_names_only_files_that_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES, "split it by concept"
    files = "".join(f"/{name(path)}\n" for path in tracked())
    named = set(re.findall(r"`([\w./]+\.(?:py|toml|md|json))`", text)) - MADE
    assert {each for each in named if f"/{each}\n" not in files} == set()
