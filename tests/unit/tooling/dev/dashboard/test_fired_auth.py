"""A form says what a route asks of its callers, has a field for it that nothing keeps, and the notice tells a refusal."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.dev.dashboard.visiting import Visitor, form
from unit.tooling.entry.apps import imported

from portable.eventing.forms import Form as Fields
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.dashboard.firing.auth import auth_fields, kept_out
from portable.tooling.dev.dashboard.firing.http import event
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.dev.running import Running

SOURCE = """
from portable import Secret, function, http

key = Secret("door")

def who(session: Annotated[str | None, http.Cookie("session")] = None) -> str | None:
    return session

@function(http.get("/token", auth=http.jwt("https://issuer.example", audience="me", scopes=["read"])))
def token() -> None: ...

@function(http.get("/key", auth=http.api_key(key)))
def api_key() -> None: ...

@function(http.get("/basic", auth=http.basic(key)))
def basic() -> None: ...

@function(http.post("/signed", auth=http.signature(key, scheme="github")))
def signed(body: bytes) -> None: ...

@function(http.get("/own", auth=http.signed_in(who)))
def own() -> None: ...
"""
CASES = {
    "token": ("auth.header.authorization", "abc", [["authorization", "Bearer abc"]], "a token with the scopes read"),
    "api-key": ("auth.header.x-api-key", "abc", [["x-api-key", "abc"]], "the secret door"),
    "basic": (
        "auth.header.authorization",
        "me:too",
        [["authorization", f"Basic {base64.b64encode(b'me:too').decode()}"]],
        "name:password",
    ),
    "signed": ("auth.header.X-Hub-Signature-256", "s", [["X-Hub-Signature-256", "s"]], "github"),
    "own": ("auth.cookie.session", "abc", [["cookie", "session=abc"]], "who"),
}


def declared(folder: Path, name: str) -> FunctionModel:
    with imported(folder, SOURCE) as app:
        return next(each for each in app.functions if each.name == name)


@pytest.mark.parametrize("name", CASES)
def test_a_route_has_a_field_for_what_it_asks_of_its_callers(tmp_path: Path, name: str) -> None:
    function = declared(tmp_path, name)
    place, value, headers, says = CASES[name]
    (field,) = auth_fields(function)
    assert (field.name, field.kind, field.value) == (place, "password", "")
    assert says in field.says
    filled = Form(Fields([(place, value)]))
    made: dict[str, Any] = event(function, [field], filled)
    assert made["headers"] == headers
    assert kept_out(function, filled)[0] in headers[0][1]
    assert "headers" not in event(function, [field], Form(Fields([])))


def test_what_was_written_there_is_in_no_page_and_a_refusal_is_no_success(visitor: Visitor, engine: Running) -> None:
    page = visitor.get("/fire/guarded")
    assert 'type="password"' in page.text
    assert "This route needs the value of the secret market-key" in page.words
    assert "This route needs the value of the secret market-key" in visitor.get("/api").words
    path, fields = form(page, "/form")
    answer = visitor.post(path, {**fields, "auth.header.x-api-key": "wrong-but-private"})
    shown = visitor.follow(answer)
    assert "The call was answered with 401." in shown.words
    assert 'class="notice warn" role="alert"' in shown.text
    assert "wrong-but-private" not in shown.text
    assert "wrong-but-private" not in repr(
        engine.journal.one(answer.headers["location"].partition("/invocations/")[2][:32])
    )
    again = visitor.post(path, {**fields, "auth.header.x-api-key": "wrong-but-private", "headers": "no mark"})
    assert (again.status, "wrong-but-private" in again.text) == (400, False)
