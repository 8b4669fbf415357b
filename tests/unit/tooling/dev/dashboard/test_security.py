"""A form is taken only from our own pages; what is stored never runs as a part of the dashboard."""

from __future__ import annotations

import pytest
from unit.tooling.dev.dashboard.visiting import TOKEN, Visitor

from portable.tooling.dev.dashboard.app import dashboard
from portable.tooling.dev.running import Running

FORMS = (
    "/schedules/nightly/fire",
    "/fire/sell/form",
    "/fire/sell/event",
    "/fire/sell/native",
    "/invocations/x/replay",
    "/invocations/x/test",
    "/resources/bucket/files/do/upload",
    "/resources/bucket/files/do/delete",
    "/resources/table/sales/do/put",
    "/resources/table/sales/do/delete",
    "/resources/queue/jobs/do/send",
    "/resources/queue/jobs/do/redrive",
    "/resources/queue/jobs/do/purge",
    "/resources/topic/news/do/publish",
    "/resources/stream/clicks/do/send",
)
HOSTILE = b"<html><script>fetch('/_portable/resources')</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x"])
def test_no_form_is_taken_without_the_token(visitor: Visitor, path: str, token: str | None) -> None:
    answer = visitor.post(path, {}, token)
    assert answer.status == 403
    assert "earlier run of portable dev" in answer.words


@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_sent_by_following_a_link(visitor: Visitor, path: str) -> None:
    assert visitor.get(f"{path}?token={TOKEN}").status in (404, 405)


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}])
def test_a_foreign_page_gets_nothing(visitor: Visitor, headers: dict[str, str]) -> None:
    for answer in (visitor.get("/resources", **headers), visitor.post("/schedules/nightly/fire", {}, **headers)):
        assert answer.status == 403
        assert "market" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_host_that_was_given_on_purpose_is_served(engine: Running) -> None:
    own = Visitor(dashboard(engine, TOKEN, ("laptop.lan",)))
    assert own.get("/", host="laptop.lan:8000").status == 200
    assert own.get("/", host="desktop.lan:8000").status == 403


@pytest.mark.parametrize(("name", "content"), [("evil.html", HOSTILE), ("evil.svg", SVG), ("evil.png", SVG)])
def test_what_was_uploaded_never_runs_here(visitor: Visitor, name: str, content: bytes) -> None:
    key = f"hostile/{name}"
    page = visitor.follow(visitor.upload("/resources/bucket/files/do/upload", {"key": key}, name, content))
    assert f"{key} was stored." in page.words
    shown = visitor.get(f"/resources/bucket/files/object?key={key}")
    assert b"<script>" not in shown.body.replace(b'<script type="module" src', b"")
    assert "script" in shown.words
    got = visitor.get(f"/resources/bucket/files/download?key={key}")
    assert got.body == content
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["x-content-type-options"] == "nosniff"
    assert visitor.get(f"/resources/bucket/files/picture?key={key}").status == 400


@pytest.mark.parametrize("key", ["../../market.py", "/etc/passwd", "in/../../x", "..%2F..%2Fmarket.py", "a%00b", ""])
def test_no_key_leads_out_of_the_bucket(visitor: Visitor, key: str) -> None:
    for view in ("object", "download", "picture"):
        answer = visitor.get(f"/resources/bucket/files/{view}?key={key}")
        assert answer.status in (400, 404)
        assert "def sell" not in answer.text
    assert visitor.upload("/resources/bucket/files/do/upload", {"key": "../out.txt"}, "x", b"x").status == 400


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/desk.py", "/static//etc/passwd"]
)
def test_no_path_leads_out_of_the_static_files(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status == 404


def test_a_notice_that_somebody_else_wrote_is_not_shown(visitor: Visitor) -> None:
    assert "send me your key" not in visitor.get("/?notice=send+me+your+key&seal=0123").words


def test_texts_of_the_app_are_escaped(visitor: Visitor, engine: Running) -> None:
    made = engine.fire("broken", {"method": "GET", "path": "/broken"})
    page = visitor.get(f"/invocations/{made}")
    assert "<script>alert('broken')</script>" in page.words
    assert "<script>alert" not in page.text


def test_a_form_that_is_too_large_is_refused(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portable.tooling.dev.dashboard.posted.MOST", 1000)
    answer = visitor.upload("/resources/bucket/files/do/upload", {}, "big", b"x" * 2000)
    assert answer.status == 400
    assert "at most" in answer.words
