"""Describing an app: what was read is kept until the app or its version changes."""

from __future__ import annotations

import json
from pathlib import Path

from portable.tooling.documented import described

SOURCE = """
from portable import function, http


@function(http.get("/"))
def show() -> str:
    return ""
"""


def test_an_app_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SOURCE)
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nname = "shop"\nversion = "1"\n')
    steps: list[str] = []
    first = described(tmp_path, steps.append)
    assert steps
    steps.clear()
    assert described(tmp_path, steps.append) == first
    assert not steps
    project.write_text('[project]\nname = "shop"\nversion = "2"\n')
    assert json.loads(described(tmp_path, steps.append)) == {
        **json.loads(first),
        "info": {"title": "shop", "version": "2"},
    }
