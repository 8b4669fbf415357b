"""The page on metrics and traces: its app is one app, and its tests pass on it, as a user runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from docs.test_examples import blocks


def test_the_page_on_metrics_and_traces_runs(tmp_path: Path) -> None:
    metrics, traces = blocks("docs/tracing.md")
    (tmp_path / "app.py").write_text(metrics, encoding="utf-8")
    (tmp_path / "test_metrics.py").write_text("from app import test_orders_are_counted\n", encoding="utf-8")
    (tmp_path / "test_traces.py").write_text(traces, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(blocks("docs/tracing.md", "toml")[0], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
