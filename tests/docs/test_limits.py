"""docs/limits.md says what the data files of the targets say."""

from __future__ import annotations

import sys

import pytest
from architecture.tracked import ROOT


def test_the_page_of_limits_is_the_one_that_the_data_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    sys.modules.pop("limits", None)
    import limits  # type: ignore[import-not-found]

    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert text == limits.page(), "run `python tools/limits.py`"
