"""The TypeScript client: its text. `tests/processes` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from architecture.tracked import ROOT
from unit.tooling.client.served_api import api

from portable.tooling.client.typescript_source import source

GOLDEN = ROOT / "tests" / "golden" / "clients" / "shop_client.ts"


def test_it_is_the_golden_file(tmp_path: Path) -> None:
    with api(tmp_path) as (_, document):
        assert source(document) == GOLDEN.read_text("utf-8")


def test_comments_and_names_of_any_kind_are_valid(tmp_path: Path) -> None:
    document: dict[str, Any] = {
        "info": {"title": "a */ b", "version": "1"},
        "components": {"schemas": {"1st.Thing": {"type": "object", "properties": {"a b": {"type": "null"}}}}},
        "paths": {"/x": {"get": {"operationId": "1-x", "summary": "*/ alert(1) /*", "responses": {"204": {}}}}},
    }
    text = source(document)
    assert "*/ alert" not in text
    assert "export interface _1st_Thing {" in text
    assert '"a b"?: null;' in text
    assert "async _1X(): Promise<void>" in text
