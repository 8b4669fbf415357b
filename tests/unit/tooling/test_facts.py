"""The files of facts: what is missing says nothing, what is wrong names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.facts import Facts, Limit, read_facts


def test_a_folder_without_files_knows_nothing(tmp_path: Path) -> None:
    assert read_facts(tmp_path) == Facts()


@pytest.mark.parametrize(
    "text",
    [
        "[limits",
        "[limits.timeout]\nmost = 3\n",
        'date = "2026-01-01"\n[limits.timeout]\nmost = 3\n',
        'date = "2026-01-01"\n[limits.timeout]\ntitle = "t"\nsource = "s"\nmist = 3\n',
        'date = "2026-01-01"\n[[names]]\nwhat = "app"\nwhy = "w"\nsource = "s"\nfits = "("\n',
        'date = "2026-01-01"\nlimits = 3\n',
        "\xff",
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "limits.toml").write_text(text, encoding="latin-1")
    with pytest.raises(PortableError, match=r"limits\.toml"):
        read_facts(tmp_path)


def test_a_limit_is_told_in_words() -> None:
    limit = Limit("x", "t", "s", "2026", unit="MB", least=128, most=10_240)
    assert limit.shown() == "128 to 10,240 MB"
    assert Limit("x", "t", "s", "2026", choices=(1, 2)).shown() == "1 or 2"
    assert Limit("x", "t", "s", "2026", least=2).shown() == "at least 2"
    assert [limit.allows(value) for value in (127, 128, 10_240, 10_241)] == [False, True, True, False]
    assert limit.told("{value} of {least} to {most}", 1.5) == "1.5 of 128 to 10240"
