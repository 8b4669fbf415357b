"""The page of forms runs from top to bottom, its tests too."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from docs.test_examples import blocks

from portable.testing import Cloud
from portable.testing.app import load_modules
from portable.tooling.app.signature import bind

PAGE = "docs/forms.md"


def test_the_page_of_forms_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page_of_forms.py").write_text("\n".join(blocks(PAGE)), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    page = import_module("page_of_forms")
    for handler in (page.sign_up, page.add, page.orders, page.write):
        assert bind(handler, [page])
    cloud = Cloud(load_modules([page]))
    try:
        page.test_a_form_goes_through_http(cloud)
        page.test_all_faults_are_told(cloud)
        body = cloud.http.post("/signups", data={"name": "Ada", "age": "17"}).expect(400).json()
    finally:
        cloud.close()
    (shown,) = blocks(PAGE, "json")
    assert list(json.loads(shown)) == list(body)
    assert json.loads(shown)["errors"][0] == body["errors"][0]
