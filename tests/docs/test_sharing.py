"""The app and the test of docs/sharing.md run together as they stand there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from docs.test_examples import blocks

from portable.testing import Cloud
from portable.testing.app import load_folder


def test_the_page_on_shared_code_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    *parts, test = blocks("docs/sharing.md")
    (tmp_path / "app.py").write_text("\n".join(parts), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.portable]\nname = "shop"\n', encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "app", raising=False)
    app = load_folder(tmp_path)
    monkeypatch.setitem(sys.modules, "app", sys.modules["app"])  # it is taken out again after the test
    cloud = Cloud(app)
    namespace: dict[str, object] = {}
    exec(compile(test, "test_app.py", "exec"), namespace)
    run = namespace["test_the_shop"]
    assert callable(run)
    run(cloud)
    cloud.check()
    made = sys.modules["app"]
    assert made.show(order={"id": "1"}, user=made.User("ada")) == {"order": "1", "for": "ada"}
