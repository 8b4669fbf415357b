"""The page on how often: its app is one app, and its test passes on it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from docs.test_examples import blocks

from portable.testing import Cloud
from portable.testing.app import load_modules


def test_the_page_on_how_often_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page_on_throttling.py").write_text("\n".join(blocks("docs/throttling.md")), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    page = import_module("page_on_throttling")
    app = load_modules([page])
    limited = {function.name: "limit" in function.trigger for function in app.model.functions}
    assert limited == {"stock": True, "signup": True, "orders": True, "status": False}
    cloud = Cloud(app)
    page.test_stock(cloud)
    ada = cloud.http.as_user("ada", team="blue").get("/v1/orders").expect(200)
    assert ada.headers["ratelimit-policy"] == '"api:100/m";q=100;w=60'
    assert {row["id"] for row in cloud.table(page.calls).rows()} == {
        ":limit/stock/principal:acme",
        ":limit/stock/principal:globex",
        ":limit/signup/ip:203.0.113.9",
        ":limits/api/own:blue",
    }
    cloud.close()
