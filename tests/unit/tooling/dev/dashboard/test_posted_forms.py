"""The page that fires a function knows what its handler reads from a form, and shows what a request had for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.tooling.entry.apps import imported

from portable.eventing.forms import Form as Fields
from portable.testing.http.multipart import multipart
from portable.tooling.app.handlers import by_name, loaded_modules
from portable.tooling.app.sharing import hints
from portable.tooling.dev.dashboard.decoded import decoded
from portable.tooling.dev.dashboard.firing.http import event, groups
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.run.invoking import decode

SOURCE = """
from dataclasses import dataclass, field
from portable import UploadedFile

@dataclass
class Signup:
    name: str
    age: int = 18
    news: bool = False
    tags: list[str] = field(default_factory=list)
    photo: UploadedFile | None = None

@function(http.post("/signups"))
def sign_up(form: Annotated[Signup, http.Form]) -> None: ...

@function(http.post("/notes"))
def note(title: Annotated[str, http.Form], stars: Annotated[int, http.Form("how-many")] = 1) -> None: ...
"""


def fired(folder: Path, name: str, values: dict[str, str]) -> tuple[dict[str, str], dict[str, Any], Any]:
    """Return the kinds of the fields, the event of a filled form, and what a handler's parameters had in it."""
    with imported(folder, SOURCE) as app:
        (function,) = (each for each in app.functions if each.name == name)
        handler = by_name(loaded_modules(next(folder.resolve().glob("written_app_*"))))[name]
        known = [field for _, fields in groups(function, hints(function, handler)) for field in fields]
        made = event(function, known, Form(Fields(list(values.items()))))
        return {field.name: field.kind for field in known}, made, decoded(function, handler, made)


def test_a_class_has_a_field_for_each_of_its_own_but_for_files(tmp_path: Path) -> None:
    values = {"form.name": "Zoë & co", "form.age": "20", "form.news": "on", "form.tags": '["a", "b"]'}
    kinds, made, shown = fired(tmp_path, "sign-up", values)
    assert {name: kind for name, kind in kinds.items() if name.startswith("form.")} == {
        "form.name": "text",
        "form.age": "number",
        "form.news": "checkbox",
        "form.tags": "json",
    }
    assert "body" not in kinds
    assert made["headers"] == [["content-type", "application/x-www-form-urlencoded"]]
    assert made["body"] == "name=Zo%C3%AB+%26+co&age=20&news=true&tags=a&tags=b"
    assert [(each.name, each.source) for each in shown] == [("form", "form")]
    assert shown[0].text == "name: Zoë & co\nage: 20\nnews: true\ntags: a\ntags: b"


def test_single_fields_are_fields_under_their_names(tmp_path: Path) -> None:
    _, made, shown = fired(tmp_path, "note", {"form.title": "x", "form.how-many": "3"})
    assert made["body"] == "title=x&how-many=3"
    assert [(each.name, each.text) for each in shown] == [("title", "x"), ("stars", "3")]


def test_a_file_of_a_request_is_shown_by_its_name(tmp_path: Path) -> None:
    body, media_type = multipart([("name", "a")], {"photo": ("a.png", b"x" * 2048, "image/png")})
    with imported(tmp_path, SOURCE) as app:
        function = app.functions[0]
        sent = {"method": "POST", "path": "/signups", "headers": [["content-type", media_type]], "body": body.decode()}
        assert decode(function, sent).form().file("photo").size == 2048
        (shown,) = decoded(function, None, sent)
    assert shown.text.startswith("name: a\nphoto: a.png (2")
