"""The page that fires a function knows what its handler reads from a form, and shows what a request had for it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unit.tooling.entry.apps import imported

from portable.eventing.forms import Form as Fields
from portable.eventing.uploads import UploadedFile
from portable.tooling.app.handlers import by_name, loaded_modules
from portable.tooling.app.sharing import hints
from portable.tooling.dev.dashboard.decoded import decoded
from portable.tooling.dev.dashboard.firing.http import event, groups
from portable.tooling.dev.dashboard.firing.proposal import first_event, proposal
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.run.invoking import decode
from portable.tooling.run.multipart import multipart

SOURCE = """
from dataclasses import dataclass, field
from enum import Enum
from portable import Tick, UploadedFile, schedule

class Size(Enum):
    SMALL = "small"
    LARGE = "large"

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

@function(http.post("/pictures"))
def picture(one: Annotated[UploadedFile, http.Form], more: Annotated[list[UploadedFile], http.Form]) -> None: ...

@function(http.put("/raw"))
def raw(body: bytes) -> None: ...

@function(http.get("/found"))
def found(text: str, size: Size, words: list[str], hue: Size | None = None, maybe: list[str] = []) -> None: ...

@function(schedule.every(hours=1))
def hourly(tick: Tick) -> None: ...
"""


def fired(
    folder: Path, name: str, values: Mapping[str, str | UploadedFile]
) -> tuple[dict[str, str], dict[str, Any], Any]:
    """Return the kinds of the fields, the event of a filled form, and what a handler's parameters had in it."""
    folder.mkdir(exist_ok=True)
    with imported(folder, SOURCE) as app:
        (function,) = (each for each in app.functions if each.name == name)
        handler = by_name(loaded_modules(next(folder.resolve().glob("written_app_*"))))[name]
        known = [field for _, fields in groups(function, hints(function, handler)) for field in fields]
        made = event(function, known, Form(Fields(list(values.items()))))
        return {field.name: field.kind for field in known}, made, decoded(function, handler, made)


def test_a_class_has_a_field_for_each_of_its_own(tmp_path: Path) -> None:
    values = {"form.name": "Zoë & co", "form.age": "20", "form.news": "on", "form.tags": "a\nb"}
    kinds, made, shown = fired(tmp_path, "sign-up", values)
    assert {name: kind for name, kind in kinds.items() if name.startswith("form.")} == {
        "form.name": "text",
        "form.age": "number",
        "form.news": "checkbox",
        "form.tags": "lines",
        "form.photo": "file",
    }
    assert "body" not in kinds
    ((_, media_type),) = made["headers"]
    assert media_type.startswith("multipart/form-data; boundary=")
    assert [(each.name, each.source) for each in shown] == [("form", "form")]
    assert shown[0].text == "name: Zoë & co\nage: 20\nnews: true\ntags: a\ntags: b"


def test_single_fields_are_fields_under_their_names(tmp_path: Path) -> None:
    _, made, shown = fired(tmp_path, "note", {"form.title": "x", "form.how-many": "3"})
    assert made["headers"] == [["content-type", "application/x-www-form-urlencoded"]]
    assert made["body"] == "title=x&how-many=3"
    assert [(each.name, each.text) for each in shown] == [("title", "x"), ("stars", "3")]


def test_of_a_tick_only_what_was_kept_is_shown(tmp_path: Path) -> None:
    with imported(tmp_path, SOURCE) as app:
        (function,) = (each for each in app.functions if each.name == "hourly")
        (shown,) = decoded(function, None, {"scheduled_at": "2026-01-31T12:00:00+00:00"})
    assert shown.text == "2026-01-31T12:00:00+00:00"


def test_a_file_of_a_request_is_shown_by_its_name(tmp_path: Path) -> None:
    body, media_type = multipart([("name", "a")], {"photo": ("a.png", b"x" * 2048, "image/png")})
    with imported(tmp_path, SOURCE) as app:
        function = app.functions[0]
        sent = {"method": "POST", "path": "/signups", "headers": [["content-type", media_type]], "body": body.decode()}
        assert decode(function, sent).form().file("photo").size == 2048
        (shown,) = decoded(function, None, sent)
    assert shown.text.startswith("name: a\nphoto: a.png (2")


def test_files_of_a_class_and_of_single_fields_are_sent_with_their_names_and_bytes(tmp_path: Path) -> None:
    photo = UploadedFile("a é.png", "image/png", bytes(range(256)))
    with imported(tmp_path, SOURCE) as app:
        functions = {each.name: each for each in app.functions}
    kinds, made, _ = fired(tmp_path / "class", "sign-up", {"form.name": "Zoë", "form.photo": photo})
    assert kinds["form.photo"] == "file"
    sent = decode(functions["sign-up"], made).form()
    assert sent.text("name") == "Zoë"
    assert (sent.file("photo").filename, sent.file("photo").content_type) == ("a é.png", "image/png")
    assert sent.file("photo").read() == bytes(range(256))
    kinds, made, _ = fired(tmp_path / "single", "picture", {"form.one": photo, "form.more": photo})
    assert (kinds["form.one"], kinds["form.more"]) == ("file", "files")
    assert [name for name, _ in decode(functions["picture"], made).form().multi_items()] == ["one", "more"]


def test_a_body_of_bytes_is_written_or_chosen(tmp_path: Path) -> None:
    kinds, made, _ = fired(tmp_path / "file", "raw", {"upload": UploadedFile("a", "image/png", b"\xff\0")})
    assert (kinds["body"], kinds["upload"]) == ("lines", "file")
    assert made["headers"] == [["content-type", "image/png"]]
    assert base64.b64decode(made["data"]) == b"\xff\0"
    assert fired(tmp_path / "text", "raw", {"body": "written"})[1]["body"] == "written"


def test_a_list_in_a_query_has_a_value_on_each_line_and_needed_text_begins_empty(tmp_path: Path) -> None:
    with imported(tmp_path, SOURCE) as app:
        (function,) = (each for each in app.functions if each.name == "found")
        handler = by_name(loaded_modules(next(tmp_path.resolve().glob("written_app_*"))))["found"]
        made = proposal(function, handler)
    known = {field.name: field for field in made.fields()}
    assert [(known[f"query.{name}"].kind, known[f"query.{name}"].value) for name in ("text", "words", "maybe")] == [
        ("text", ""),
        ("lines", ""),
        ("lines", ""),
    ]
    assert [known[f"query.{name}"].required for name in ("text", "words", "maybe")] == [True, False, False]
    assert [(known[f"query.{name}"].kind, known[f"query.{name}"].options) for name in ("size", "hue")] == [
        ("select", ("large", "small")),
        ("select", ("", "large", "small")),
    ]
    assert first_event(made)["path"] == "/found?text=x&size=large"
    assert fired(tmp_path / "two", "found", {"query.words": "a\nb c"})[1]["path"] == "/found?words=a&words=b+c"
