"""What a handler reads from a request by name and the client did not send: a 400 with its place, never a 500."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from unit.tooling.entry.apps import served

from portable.errors import InvalidInput, MissingInput
from portable.testing import events

READS = {
    "query": ('request.query["x"]', "query.x"),
    "header": ('request.headers["X-Id"]', "header.x-id"),
    "cookie": ('request.cookies["session"]', "cookie.session"),
    "form": ('request.form()["photo"]', "body.photo"),
    "text": ('request.form().text("title")', "body.title"),
    "file": ('request.form().file("photo")', "body.photo"),
    "text instead of a file": ('request.form().file("a")', "body.a"),
}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("name", READS)
def test_what_was_not_sent_is_a_400_with_its_place(tmp_path: Path, name: str) -> None:
    expression, place = READS[name]
    source = f'@function(http.post("/a"))\ndef fun(request: Request) -> str: return str({expression})\n'
    with served(tmp_path, source) as app:
        response = app.send("POST", "/a", "", FORM, b"a=b")
    assert (response.status, json.loads(response.body)["at"]) == (400, place)


def test_a_file_where_text_was_asked_for_is_refused_too() -> None:
    form = events.http("POST", "/", files={"a": ("a.txt", b"x", "text/plain")}, data={"b": "c"}).form()
    assert form.file("a").content == b"x"
    assert form.text("b") == "c"
    with pytest.raises(InvalidInput, match=r"body\.a: must be text, not a file"):
        form.text("a")
    with pytest.raises(InvalidInput, match=r"body\.b: must be a file"):
        form.file("b")


def test_it_is_a_key_error_for_code_that_catches_one() -> None:
    request = events.http("GET", "/")
    for read in (request.query.__getitem__, request.headers.__getitem__, request.cookies.__getitem__):
        with pytest.raises(KeyError) as raised:
            read("x")
        assert isinstance(raised.value, MissingInput)
    assert request.cookies == {}
    assert request.query.get("x") is None
