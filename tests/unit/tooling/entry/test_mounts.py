"""Mounted apps in generated modules: how they are called, which paths are theirs, and that routes of functions win."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import served

from portable.tooling.app.model import AppModel
from portable.tooling.entry.routes import paths

HEAD = """
import json
from typing import Annotated
from portable import Bucket, BucketReader, Secret, function, http
photos, key = Bucket("photos"), Secret("a-key")
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps([scope["method"], scope["path"], scope["root_path"]]).encode()})
def plain(environ, start_response):
    start_response("200 OK", [])
    return [environ["SCRIPT_NAME"].encode(), b" ", environ["PATH_INFO"].encode()]
def make():
    return app
class Held:
    app = staticmethod(app)
"""
BESIDE = """
web = http.asgi("/", app)
older = http.wsgi("/old/app", plain)
@function(http.get("/health"))
def health() -> str:
    return "ok"
@function(http.get("/old/app/items/{name}"))
def item(name: str) -> str:
    return name
@function(http.any("/whole"))
def whole() -> str:
    return "whole"
"""


def owners(app: AppModel) -> dict[str, list[str]]:
    return {path.template: [function.name for function in path.functions] for path in paths(app.http())}


def test_every_method_that_no_function_has_is_that_of_the_nearest_mounted_app(tmp_path: Path) -> None:
    with served(tmp_path, BESIDE, HEAD) as entry:
        assert owners(entry.app) == {
            "/health": ["health", "web"],
            "/old/app": ["old-app"],
            "/old/app/items/{name}": ["item", "old-app"],
            "/old/app/{path:path}": ["old-app"],
            "/whole": ["whole"],
            "/{path:path}": ["web"],
        }


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/health", b"ok"),
        ("POST", "/health", ["POST", "/health", ""]),
        ("OPTIONS", "/health", ["OPTIONS", "/health", ""]),
        ("GET", "/health/", ["GET", "/health/", ""]),
        ("GET", "/", ["GET", "/", ""]),
        ("PURGE", "/whole", b"whole"),
        ("GET", "/old/app", b"/old/app "),
        ("GET", "/old/app/", b"/old/app /"),
        ("GET", "/old/app/items/a", b"a"),
        ("DELETE", "/old/app/items/a", b"/old/app /items/a"),
        ("GET", "/old/application", ["GET", "/old/application", ""]),
    ],
)
def test_routes_of_functions_win(tmp_path: Path, method: str, path: str, body: Any, awaited: bool) -> None:
    with served(tmp_path, BESIDE, HEAD, awaited=awaited) as entry:
        found = entry.send(method, path)
        assert (found.status, found.body if isinstance(body, bytes) else json.loads(found.body)) == (200, body)


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ("http.asgi('/', app)", "import app as"),
        ("http.asgi('/', Held.app)", "import app as"),
        ("http.asgi('/', f'{__name__}:app')", "import app as"),
        ("http.asgi('/', f'{__name__}:Held.app')", "import Held as"),
        ("http.asgi('/', f'{__name__}:make()')", "import make as"),
        ("http.asgi('/', lambda *given: app(*given))", "import web as"),
    ],
)
def test_an_app_is_imported_under_its_own_name_or_taken_from_its_declaration(
    tmp_path: Path, declared: str, named: str
) -> None:
    with served(tmp_path, f"web = {declared}", HEAD) as entry:
        assert named in entry.source
        assert json.loads(entry.send("GET", "/x").body) == ["GET", "/x", ""]


def test_a_name_that_its_module_does_not_have_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(Exception, match='has no app of the name "nothing"'),
        served(tmp_path, "web = http.asgi('/', f'{__name__}:nothing')", HEAD),
    ):
        pass


class Drivers:
    """Gives the text of a secret, another one each time."""

    asked = 0

    def secret(self, _secret: Any) -> str:
        self.asked += 1
        return f"text {self.asked}"


def test_the_client_of_a_mounted_app_is_made_once_and_the_text_of_a_secret_read_each_time(tmp_path: Path) -> None:
    source = """
    def reading(environ, start_response):
        start_response("200 OK", [])
        store = http.resource(environ, photos, BucketReader)
        return [f"{id(store)} {http.resource(environ, key, str)}".encode()]
    web = http.wsgi("/", reading, (Annotated[BucketReader, photos], Annotated[str, key]))
    """
    with served(tmp_path, source, HEAD, Drivers()) as entry:
        (first, _, one), (second, _, two) = (entry.send("GET", "/").body.partition(b" ") for _ in range(2))
        assert (first, one, two) == (second, b"text 1", b"text 2")


@pytest.mark.parametrize("awaited", [False, True])
def test_who_may_call_is_asked_before_the_app(tmp_path: Path, awaited: bool) -> None:
    source = """
    def asked(environ, start_response):
        start_response("200 OK", [])
        return [environ["portable.principal"].subject.encode()]
    web = http.wsgi("/", asked, auth=http.api_key(key))
    open = http.asgi("/open", app, auth=None)
    """

    class Keys:
        def secret(self, _secret: Any) -> str:
            return "ada:a-long-key-of-ada"

    with served(tmp_path, source, HEAD, Keys(), awaited=awaited) as entry:
        assert entry.send("GET", "/").status == 401
        assert entry.send("GET", "/", headers={"x-api-key": "a-long-key-of-ada"}).body == b"ada"
        assert entry.send("GET", "/open").status == 200
        web = next(function for function in entry.app.functions if function.name == "web")
        assert [(grant.kind, grant.resource) for grant in web.grants] == [("secret", "a-key")]
