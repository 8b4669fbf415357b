"""The page on static sites: its app and its test run as they are shown, on every wire."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.test_examples import blocks
from docs.test_mounting import WIRES, modules, written

from portable.testing import Cloud

__all__ = ["modules"]


@pytest.mark.usefixtures("modules")
def test_the_app_of_the_page_runs_on_every_wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, test = blocks("docs/sites.md")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<h1>Shop</h1>", encoding="utf-8")
    session = written(tmp_path, monkeypatch, app=app)
    names: dict[str, object] = {}
    exec(test, names)
    for wire in WIRES:
        cloud = Cloud(session.app, session, wire)
        try:
            names["test_the_front_page_is_there"](cloud)  # type: ignore[operator]
            assert cloud.http.get("/orders/7").expect(200).text == "<h1>Shop</h1>"
        finally:
            cloud.close()
    session.close()
