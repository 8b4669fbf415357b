"""docs/check.md: its example is checked as it says, its program moves rows, and every rule that it names is there."""

from __future__ import annotations

import re
import types
from pathlib import Path

import pytest
from architecture.tracked import ROOT

from portable import TableReader, TableWriter
from portable.tooling.check.catalogue import RULES
from portable.tooling.cli import main

PAGE = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
APP, PROGRAM = (code for language, code in BLOCKS if language == "python")
(PRINTED,) = (code for language, code in BLOCKS if language == "text")


def test_the_example_is_told_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["portable", "check", "--target", "aws", "--target", "gcp"])
    with pytest.raises(SystemExit) as ended:
        main.run()
    out = capsys.readouterr().out
    assert ended.value.code == 1
    for line in PRINTED.splitlines():
        assert line in out.splitlines()
    for rule in ("[loop]", "[variable]", "[public]", "an HTTP API ends a request after 30 s"):
        assert rule in out


def test_the_program_moves_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTABLE_TABLE_ORDERS", "")
    module = types.ModuleType("moving")
    exec(compile(PROGRAM, "moving.py", "exec"), module.__dict__)
    places = [("portable_local.runtime", str(tmp_path / name)) for name in ("old.sqlite", "new.sqlite")]
    rows = [{"id": f"o{number}", "total": number} for number in range(1200)]
    TableWriter(module.orders, module.drivers_at(module.orders, *places[0])).batch_write(rows)
    assert module.move(module.orders, *places) == 1200
    there = TableReader(module.orders, module.drivers_at(module.orders, *places[1]))
    assert [there.get(f"o{number}") for number in (0, 700, 1199)] == [rows[0], rows[700], rows[1199]]


def test_every_rule_that_the_page_names_is_one() -> None:
    table = PAGE.partition("## What is looked at")[2].partition("**Permissions.**")[0]
    named = {
        rule
        for line in table.splitlines()
        for rule in re.findall(r"`([a-z-]+)`", line.split("|")[1] if "|" in line else "")
    }
    assert named <= set(RULES)
    assert {
        "limit",
        "loop",
        "meaning",
        "permission-gain",
        "public",
        "secret-file",
        "undeclared-import",
        "variable",
    } <= named
