"""The example of docs/openapi.md: what the page says of the document is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docs.test_examples import blocks, ran


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(blocks("docs/openapi.md")[0], encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1.2"\n', encoding="utf-8")
    return tmp_path


def test_the_command_writes_what_the_page_says(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed, _ = ran(f"portable openapi {app}", monkeypatch, capsys)
    ran(f"portable openapi {app} --out {app / 'made' / 'openapi.json'}", monkeypatch, capsys)
    assert (app / "made" / "openapi.json").read_text(encoding="utf-8") == printed
    found = json.loads(printed)
    assert found["info"] == {"title": "shop", "version": "1.2"}
    order, show = found["paths"]["/orders"]["post"], found["paths"]["/orders/{id}"]["get"]
    assert (order["summary"], order["description"]) == ("Take an order.", "With `dry` nothing is kept.")
    assert order["tags"] == ["orders"]
    assert order["requestBody"]["content"]["application/json"]["example"] == {"sku": "tea", "count": 2}
    assert list(order["responses"]) == ["201", "400", "409", "413", "415", "default"]
    assert order["responses"]["409"]["description"] == "There is not enough of it."
    assert found["components"]["schemas"]["Order"]["properties"]["count"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 1,
        "description": "how many",
    }
    assert show["responses"]["404"]["description"] == "Nothing is there; there is no such order"


def test_a_client_has_the_methods_of_the_page(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python, _ = ran(f"portable client python {app}", monkeypatch, capsys)
    assert "def order(self, body: Order, *, dry: bool | None = None)" in python
    assert "def show(self, id: str) -> Order:" in python
    typescript, _ = ran(f"portable client typescript {app}", monkeypatch, capsys)
    assert "async order(body: Order, options: { dry?: boolean } = {})" in typescript


def test_an_app_without_http_functions_and_one_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.py").write_text(
        "from portable import Tick, function, schedule\n\n\n"
        "@function(schedule.every(minutes=5))\ndef nightly(tick: Tick) -> None: ...\n",
        encoding="utf-8",
    )
    with pytest.raises(AssertionError, match="has no HTTP functions, so there is nothing to describe"):
        ran(f"portable openapi {tmp_path}", monkeypatch, capsys)
    (tmp_path / "app.py").write_text(
        "from portable import function, http\n\n\n@function(http.get('/x'))\ndef shown() -> Nowhere: ...\n",
        encoding="utf-8",
    )
    with pytest.raises(AssertionError, match=r"app.py:4: .*what is returned by shown cannot be evaluated|NameError"):
        ran(f"portable openapi {tmp_path}", monkeypatch, capsys)
