"""Typed forms: what a form becomes for a handler, by each library, and what is refused at the declaration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from unit.tooling.entry.apps import HEAD, Entry, imported, served

from portable.tooling.app.model import Parameter
from portable.tooling.app.needs import needs
from portable.tooling.run.multipart import multipart

HEADS = {"evaluated": HEAD, "postponed": "from __future__ import annotations\n" + HEAD}
TYPES = """
import dataclasses, datetime, decimal, enum, uuid
from typing import NotRequired, TypedDict, Optional
import msgspec, pydantic
from portable import UploadedFile

class Colour(enum.Enum):
    RED = "red"
    NONE = ""

@dataclasses.dataclass
class Plain:
    name: str
    age: Annotated[int, msgspec.Meta(ge=18)]
    photo: UploadedFile | None = None
    tags: list[str] = dataclasses.field(default_factory=list)
    ids: set[int] = dataclasses.field(default_factory=set)
    news: bool = False
    at: datetime.datetime | None = None
    colour: Colour = Colour.RED
    price: Optional[decimal.Decimal] = None

class Struct(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    full_name: str
    files: list[UploadedFile]
    note: Annotated[str, msgspec.Meta(max_length=5)] | None

class Dict(TypedDict):
    name: str
    age: NotRequired[int]

class Model(pydantic.BaseModel):
    name: str = pydantic.Field(alias="user-name", min_length=2)
    age: int = pydantic.Field(ge=18)
    secret: pydantic.SecretStr = pydantic.SecretStr("")
    site: pydantic.HttpUrl | None = None
    photo: Annotated[UploadedFile, http.Form(max_file=4)] | None = None
    repeated: str = ""

    @pydantic.model_validator(mode="after")
    def same(self) -> "Model":
        if self.repeated and self.repeated != self.secret.get_secret_value():
            raise ValueError("the secrets differ")
        return self

def shown(value: Any) -> Any:
    if isinstance(value, UploadedFile):
        return [value.filename, value.content_type, value.size, value.read().decode("latin-1")]
    if isinstance(value, (list, set)):
        return [shown(item) for item in value]
    return value if isinstance(value, (int, str, bool, type(None))) else str(getattr(value, "value", value))

@function(http.post("/plain"))
def plain(form: Annotated[Plain, http.Form]) -> Any:
    return {name: shown(getattr(form, name)) for name in Plain.__dataclass_fields__}

@function(http.post("/struct"))
async def struct(form: Annotated[Struct, http.Form(max_field=10, max_file=5, max_total=12)]) -> Any:
    return [form.full_name, shown(form.files), form.note]

@function(http.post("/dict"))
def as_dict(form: Annotated[Dict | None, http.Form] = None) -> Any:
    return form or {}

@function(http.post("/model"))
def model(form: Annotated[Model, http.Form()]) -> Any:
    return [form.name, form.age, form.secret.get_secret_value(), str(form.site), shown(form.photo)]

@function(http.post("/single/{number}"))
def single(
    number: int,
    name: Annotated[str, http.Form],
    age: Annotated[int, http.Form, msgspec.Meta(ge=18)],
    mail: Annotated[str, http.Form("e-mail", max_field=9)] = "nobody",
    photo: Annotated[UploadedFile | None, http.Form(max_file=4)] = None,
    files: Annotated[list[UploadedFile], http.Form(max_total=6), msgspec.Meta(max_length=2)] = [],
    tags: Annotated[list[Literal["a", "b"]], http.Form] = [],
    day: Annotated[datetime.date | None, http.Form] = None,
) -> Any:
    return [number, name, age, mail, shown(photo), shown(files), tags, shown(day)]

@function(http.post("/several"))
def several(ids: Annotated[list[int], http.Form], word: Annotated[str | None, http.Form]) -> Any:
    return [ids, word]
"""
File = tuple[str, bytes, str]


@pytest.fixture(scope="module", params=list(HEADS))
def entry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    with served(tmp_path_factory.mktemp("app"), TYPES, HEADS[request.param]) as found:
        yield found


def post(entry: Entry, path: str, fields: list[tuple[str, str]], files: list[tuple[str, File]] | None = None) -> Any:
    """Return the status and the value of the reply; a form without files is urlencoded."""
    if files is None:
        body, media_type = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    else:
        body, media_type = multipart(fields, files)
    response = entry.send("POST", path, headers={"content-type": media_type}, body=body)
    return response.status, json.loads(response.body)


def faults(reply: tuple[int, Any], status: int = 400) -> dict[str, str]:
    assert reply[0] == status, reply
    assert {"at": reply[1]["at"], "message": reply[1]["detail"]} == reply[1]["errors"][0]
    return {each["at"]: each["message"] for each in reply[1]["errors"]}


def test_a_dataclass_gets_its_fields_converted(entry: Entry) -> None:
    sent = [
        ("name", "Zoë"), ("age", "x"), ("age", "18"), ("tags", "a"), ("tags", ""), ("ids", "7"), ("ids", "7"),
        ("news", "on"), ("at", "2026-01-02T03:04:05+01:00"), ("colour", ""), ("price", "1.50"), ("unknown", "1"),
    ]  # fmt: skip
    status, got = post(entry, "/plain", sent, [("photo", ("a.png", b"\x00\xff", "image/png"))])
    assert (status, got) == (200, {
        "name": "Zoë", "age": 18, "photo": ["a.png", "image/png", 2, "\x00\xff"], "tags": ["a", ""], "ids": [7],
        "news": True, "at": "2026-01-02 03:04:05+01:00", "colour": "", "price": "1.50",
    })  # fmt: skip


def test_what_a_browser_sends_for_empty_inputs_counts_as_not_sent(entry: Entry) -> None:
    sent = [("name", ""), ("age", "20"), ("at", ""), ("price", ""), ("colour", "red")]
    status, got = post(entry, "/plain", sent, [("photo", ("", b"", "application/octet-stream"))])
    assert status == 200
    assert (got["name"], got["photo"], got["at"], got["price"], got["tags"], got["news"]) == (
        "",
        None,
        None,
        None,
        [],
        False,
    )
    assert faults(post(entry, "/plain", [("name", "x"), ("age", "")])) == {"body.age": "a value is required"}


def test_every_fault_of_a_form_is_told_in_the_order_of_its_fields(entry: Entry) -> None:
    sent = [
        ("age", "17"),
        ("ids", "1"),
        ("ids", "x"),
        ("ids", "y"),
        ("at", "2026-01-02T03:04"),
        ("photo", "text"),
        ("colour", "blue"),
    ]
    found = faults(post(entry, "/plain", sent))
    assert list(found) == [
        "body.name", "body.age", "body.photo", "body.ids[1]", "body.ids[2]", "body.at", "body.colour",
    ]  # fmt: skip
    assert found["body.name"] == "a value is required"
    assert found["body.age"] == "Expected `int` >= 18"
    assert "must be a file" in found["body.photo"]
    assert "no offset from UTC" in found["body.at"]


def test_a_struct_has_its_written_names_and_its_own_rules(entry: Entry) -> None:
    file = ("files", ("a", b"12", "text/plain"))
    assert post(entry, "/struct", [("full-name", "Ada")], [file, file]) == (
        200, ["Ada", [["a", "text/plain", 2, "12"]] * 2, None],
    )  # fmt: skip
    assert post(entry, "/struct", [("full-name", "Ada"), ("note", "x")], []) == (200, ["Ada", [], "x"])
    assert "body" in faults(post(entry, "/struct", [("full-name", "Ada"), ("other", "1")]))
    assert list(faults(post(entry, "/struct", [("note", "too long")]))) == ["body.full-name", "body.note"]
    assert list(faults(post(entry, "/struct", [("files", "a")]))) == ["body.full-name", "body.files[0]"]


@pytest.mark.parametrize(
    ("fields", "files", "at"),
    [
        ([("full-name", "x" * 11)], [], "body.full-name"),
        ([("full-name", "é" * 6)], [], "body.full-name"),
        ([("full-name", "x"), ("unknown", "x" * 11)], [], "body.unknown"),
        ([("full-name", "x")], [("files", ("a", b"123456", "a/b"))], "body.files"),
        ([("full-name", "12345")], [("files", ("a", b"1234", "a/b"))] * 2, "body"),
    ],
)
def test_a_form_over_its_limits_is_413_with_the_place(entry: Entry, fields: Any, files: Any, at: str) -> None:
    (place, message), *others = faults(post(entry, "/struct", fields, files), 413).items()
    assert (place, others) == (at, [])
    assert "but the limit is" in message


def test_a_form_at_its_limits_is_read(entry: Entry) -> None:
    assert post(entry, "/struct", [("full-name", "1234567")], [("files", ("a", b"12345", "a/b"))])[0] == 200


def test_a_typed_dict_may_be_left_out(entry: Entry) -> None:
    assert post(entry, "/dict", [("name", "a"), ("age", "1")]) == (200, {"name": "a", "age": 1})
    assert json.loads(entry.send("POST", "/dict").body) == {}
    assert list(faults(post(entry, "/dict", [("age", "x")]))) == ["body.name", "body.age"]


def test_a_model_reads_its_aliases_its_own_types_and_validators(entry: Entry) -> None:
    sent = [("user-name", "Ada"), ("age", "20"), ("secret", "s"), ("site", "https://a.example"), ("repeated", "s")]
    assert post(entry, "/model", sent) == (200, ["Ada", 20, "s", "https://a.example/", None])
    assert faults(post(entry, "/model", [*sent, ("repeated", "t")])) == {"body": "Value error, the secrets differ"}
    found = faults(post(entry, "/model", [("user-name", "A"), ("age", "x"), ("site", "::")]))
    assert list(found) == ["body.user-name", "body.age", "body.site"]
    assert "body.photo" in faults(post(entry, "/model", sent, [("photo", ("a", b"12345", "a/b"))]), 413)
    assert post(entry, "/model", sent, [("photo", ("a", b"1234", "a/b"))])[1][4] == ["a", "a/b", 4, "1234"]


def test_single_fields_are_parameters_like_others(entry: Entry) -> None:
    sent = [("name", "a"), ("age", "18"), ("e-mail", "a@b.c"), ("tags", "a"), ("tags", "b"), ("day", "2026-01-02")]
    files = [("photo", ("p", b"1", "a/b")), ("files", ("f", b"123", "a/b")), ("files", ("g", b"456", "a/b"))]
    assert post(entry, "/single/7", sent, files) == (200, [
        7, "a", 18, "a@b.c", ["p", "a/b", 1, "1"], [["f", "a/b", 3, "123"], ["g", "a/b", 3, "456"]], ["a", "b"],
        "2026-01-02",
    ])  # fmt: skip
    assert post(entry, "/single/7", sent[:2]) == (200, [7, "a", 18, "nobody", None, [], [], None])


def test_all_faults_of_single_fields_and_the_path_are_in_one_reply(entry: Entry) -> None:
    files = [("files", ("f", b"1", "a/b"))] * 3
    found = faults(post(entry, "/single/x", [("age", "1"), ("tags", "c"), ("day", "no"), ("photo", "text")], files))
    assert set(found) == {
        "path.number", "body.name", "body.age", "body.tags[0]", "body.day", "body.photo", "body.files",
    }  # fmt: skip
    assert found["body.files"] == "Expected `array` of length <= 2"


@pytest.mark.parametrize(
    ("fields", "files", "at"),
    [
        ([("e-mail", "x" * 10)], [], "body.e-mail"),
        ([], [("photo", ("p", b"12345", "a/b"))], "body.photo"),
        ([], [("files", ("f", b"1234", "a/b"))] * 2, "body.files"),
    ],
)
def test_a_single_field_has_limits_of_its_own(entry: Entry, fields: Any, files: Any, at: str) -> None:
    assert at in faults(post(entry, "/single/7", [("name", "a"), ("age", "18"), *fields], files), 413)


def test_a_list_that_was_not_sent_is_empty_and_a_text_may_be_none(entry: Entry) -> None:
    assert post(entry, "/several", [("ids", "1"), ("ids", "2"), ("word", "")]) == (200, [[1, 2], ""])
    assert post(entry, "/several", [("other", "1")]) == (200, [[], None])


@pytest.mark.parametrize(("media_type", "status"), [("application/json", 415), ("text/plain", 415), (None, 415)])
def test_a_body_that_is_no_form_is_415(entry: Entry, media_type: str | None, status: int) -> None:
    headers = {"content-type": media_type} if media_type else {}
    for path in ("/plain", "/single/1", "/model"):
        response = entry.send("POST", path, headers=headers, body=b'{"name": "a"}')
        assert (response.status, json.loads(response.body)["at"]) == (status, "body")


def test_the_model_says_what_is_read_from_a_form(tmp_path: Path) -> None:
    with imported(tmp_path, TYPES) as app:
        functions = {function.name: function for function in app.functions}
        (whole,) = functions["plain"].parameters
        assert (whole.source, whole.key, whole.decoder, whole.checker) == ("form", "", "typed", "msgspec")
        assert (functions["model"].parameters[0].decoder, functions["as-dict"].parameters[0].absent) == (
            "model",
            "omit",
        )
        read = {p.name: p for p in functions["single"].parameters}
        assert [(read[name].key, read[name].decoder, read[name].absent) for name in ("mail", "files")] == [
            ("e-mail", "convert", "omit"), ("files", "convert_many", "omit"),
        ]  # fmt: skip
        assert needs(app).typed
        assert needs(app).requests
        assert all(isinstance(p, Parameter) for function in app.functions for p in function.parameters)
