"""The page on apps that exist already: its app runs as it is shown, its tests too, on every wire."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from docs.test_examples import blocks

from portable.testing import Cloud
from portable.testing.app import load_folder
from portable.testing.session.session import Session

fastapi = pytest.importorskip("fastapi", reason="the page shows a FastAPI app: uv pip install fastapi")
WIRES = (None, "aws", "azure", "gcp")


def written(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> Session:
    """Return an app that is written to a folder, loaded."""
    (folder / "pyproject.toml").write_text('[tool.portable]\nname = "shop"\nmodules = ["app"]\n', encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    monkeypatch.syspath_prepend(folder)
    return Session(load_folder(folder))


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the modules of the page after a test."""
    import sys

    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name in ("app", "shop", "tests"):
            del sys.modules[name]


@pytest.mark.usefixtures("modules")
def test_the_app_of_the_page_runs_on_every_wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, app, test, beside, *_, client = blocks("docs/mounting.md")
    session = written(tmp_path, monkeypatch, shop=shop, app=f"{app}\n{beside}", tests=test)
    names: dict[str, Any] = {}
    exec(client, names)
    for wire in WIRES:
        import_module("shop").mails.clear()
        cloud = Cloud(session.app, session, wire)
        try:
            import_module("tests").test_an_order_has_a_sum(cloud)
            assert cloud.http.get("/health").expect(200).text == "ok"
            with names["TestClient"](cloud.http.as_asgi()) as found:
                names["test_an_order_needs_a_name"](found)
                plain = found.get("/openapi.json")
                assert plain.headers["content-length"] == str(len(plain.content))
            safe = names["TestClient"](cloud.http.as_asgi(), base_url="https://shop.example", follow_redirects=False)
            assert safe.post("/orders/").headers["location"] == "https://shop.example/orders"
        finally:
            cloud.close()
    session.close()


@pytest.mark.usefixtures("modules")
def test_the_resources_of_the_page_are_reached_and_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, resources, depends, _client = blocks("docs/mounting.md")
    session = written(tmp_path, monkeypatch, app=f"{resources}\n{depends}")
    for wire in WIRES:
        cloud = Cloud(session.app, session, wire)
        try:
            app: ModuleType = import_module("app")
            cloud.secret(app.key).set("a text")
            assert cloud.http.put("/notes/a").expect(200).json() == {"saved": "a"}
            assert cloud.http.get("/notes/a").expect(200).json() == "a text"
        finally:
            cloud.close()
    (function,) = session.app.model.functions
    assert {(grant.kind, grant.resource) for grant in function.grants} == {
        ("bucket", "notes"),
        ("secret", "sender-key"),
    }
    session.close()


def test_a_test_client_of_werkzeug_sends_through_the_kit() -> None:
    """`as_wsgi` gives what the app answered: its status, each cookie, and its text in UTF-8."""
    flask = pytest.importorskip("flask")
    from werkzeug.test import Client, run_wsgi_app

    from portable.testing.http.client import HttpClient, HttpResponse

    site = flask.Flask("site")

    @site.route("/a/<path:rest>", methods=["POST"])
    def take(rest: str) -> Any:
        reply = flask.make_response({"rest": rest, "x": flask.request.args["x"], "form": flask.request.form["ä"]}, 418)
        reply.headers["x-from"] = f"{flask.request.host_url} {flask.request.remote_addr}"
        reply.set_cookie("a", "1")
        reply.set_cookie("b", "2")
        return reply

    from portable.compute.context import Context
    from portable.compute.mounted_wsgi import handler

    handle = handler(site, "", "web", ())
    client = HttpClient(lambda request: HttpResponse(request, handle(request, Context("1", "web", 0.0))))
    found = Client(client.as_wsgi(), flask.Response).post("/a/b%2Fc?x=1", data={"ä": "ö"})
    assert (found.status_code, found.get_json()) == (418, {"rest": "b/c", "x": "1", "form": "ö"})
    assert [cookie.partition(";")[0] for cookie in found.headers.getlist("set-cookie")] == ["a=1", "b=2"]
    assert (found.headers["x-from"], found.content_length) == ("http://localhost/ 203.0.113.7", len(found.data))
    safe = Client(client.as_wsgi(), flask.Response).post("/a/b?x=1", data={"ä": "ö"}, base_url="https://shop.example")
    assert safe.headers["x-from"] == "https://shop.example/ 203.0.113.7"
    bare = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a/b",
        "QUERY_STRING": "x=1",
        "SERVER_NAME": "shop",
        "SERVER_PORT": "81",
    }
    form = {
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": "8",
        "wsgi.input": BytesIO(b"%C3%A4=b"),
    }
    _, _, headers = run_wsgi_app(client.as_wsgi(), {**bare, **form, "wsgi.url_scheme": "http"})
    assert headers["x-from"] == "http://shop:81/ 203.0.113.7"  # as Django's test client: it sends no Host
