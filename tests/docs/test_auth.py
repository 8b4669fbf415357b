"""The page on who may call: its app is one app, and its test passes on it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from docs.test_examples import blocks

from portable.testing import Cloud
from portable.testing.app import load_modules


def test_the_page_on_who_may_call_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = blocks("docs/auth.md")
    (tmp_path / "page_on_auth.py").write_text("\n".join(parts), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    page = import_module("page_on_auth")
    app = load_modules([page])
    guarded = {function.name: (function.trigger["auth"] or {}).get("kind") for function in app.model.functions}
    assert guarded == {
        "order": "jwt",
        "stock": "api-key",
        "paid": "signature",
        "health": None,
        "plan": "jwt",
        "me": "signed-in",
        "report": "jwt",
    }
    cloud = Cloud(app)
    page.test_orders(cloud)
    cloud.table(page.users).put({"id": "ada", "plan": "gold"})
    assert cloud.http.as_user("ada").get("/plan").expect(200).text == "gold"
    assert cloud.http.as_user("bob").get("/plan").expect(403).json() == {"detail": "no account"}
    cloud.table(page.sessions).put({"token": "s-1", "user": "ada", "plan": "gold"})
    assert cloud.http.get("/me", cookies={"session": "s-1"}).expect(200).text == "ada"
    assert cloud.http.as_user("x").get("/report").expect(200).text == "all is well"
    assert cloud.http.get("/health").expect(200).text == "ok"
    cloud.close()
