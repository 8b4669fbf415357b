"""The page on metrics and traces: its app is one app, and its test passes on it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from docs.test_examples import blocks

from portable.testing import Cloud
from portable.testing.app import load_modules


def test_the_page_on_metrics_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page_on_tracing.py").write_text(blocks("docs/tracing.md")[0], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    page = import_module("page_on_tracing")
    cloud = Cloud(load_modules([page]))
    page.test_orders_are_counted(cloud)
    cloud.close()
