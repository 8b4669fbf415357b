"""Writes the catalogue into the documents: `python tests/mutants/document.py`. A test holds them equal."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from mutants.catalogue import themes  # noqa: E402 - after the path, when it runs as a program
from mutants.form import ACCIDENTS, PLAIN, REQUESTS, WIRES, Mistake  # noqa: E402

BEGIN, END = "<!-- of tests/mutants/document.py: begin -->", "<!-- end -->"
FOUND = {
    ACCIDENTS: "`@at_least_once`",
    REQUESTS: "`@at_least_once(http=True)`",
    WIRES: "`--wire`",
    PLAIN: "any test with `cloud`",
}
PAGE = """# Mistakes of handlers

Each of these mistakes is a handler in `tests/mutants/catalogue`, with the few lines that correct it. The kit finds every one
in at most 50 schedules, with a test that only checks the results of the app. The corrected handlers always pass. `nox -s
mutants` checks this again. [Testing](testing.md) explains how it works, and what the kit cannot find.
"""


def title_of(theme: str) -> str:
    """Return what the mistakes of a theme are about."""
    said = str(import_module(f"mutants.catalogue.{theme}").__doc__)
    return said.removeprefix("Mistakes ").rstrip(".")


def summary() -> str:
    """Return the table of themes."""
    found = themes()
    rows = [f"| {title_of(theme)} | {len(mistakes)} |" for theme, mistakes in found.items()]
    return "\n".join(["| mistakes | handlers |", "| --- | --- |", *rows])


def page() -> str:
    """Return the page of all mistakes."""
    return "\n".join([PAGE, *(part for theme, mistakes in themes().items() for part in _section(theme, mistakes))])


def _section(theme: str, mistakes: list[Mistake]) -> list[str]:
    title = title_of(theme)
    rows = [f"| {each.wrong} | {each.right} | {FOUND[each.found_by]} |" for each in mistakes]
    return [f"## Mistakes {title}\n", "| wrong | right | found by |", "| --- | --- | --- |", *rows, ""]


def documents() -> dict[Path, str]:
    """Return each document as it must be."""
    testing = ROOT / "docs" / "testing.md"
    before, _, rest = testing.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return {testing: f"{before}{BEGIN}\n{summary()}\n{END}{after}", ROOT / "docs" / "mistakes.md": page()}


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
