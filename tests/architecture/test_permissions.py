"""No identity of a sample holds a permission that nothing needs, in any cloud."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from architecture.tracked import ROOT

if TYPE_CHECKING:
    import pytest


def test_what_is_granted_is_what_is_needed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    rows = import_module("benchmarks.permissions").rows()
    assert [row.what for row in rows if not row.ok] == [], capsys.readouterr().out
    assert [row.measured for row in rows] == ["0", "0", "12 of 12"]
