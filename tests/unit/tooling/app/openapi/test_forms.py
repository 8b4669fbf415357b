"""Forms in the OpenAPI document: their fields, files, media types and replies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from unit.tooling.app.openapi.documents import described, operation

FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
TYPES = """
from portable import UploadedFile

@dataclass
class Signup:
    name: Annotated[str, msgspec.Meta(min_length=2)]
    age: int = 0

@dataclass
class Post:
    text: str
    photo: UploadedFile | None = None

class Model(pydantic.BaseModel):
    name: str = pydantic.Field(alias="full-name", max_length=9)
    files: list[UploadedFile]
"""


def body(folder: Path, parameters: str) -> Any:
    folder /= str(len(list(folder.iterdir())))
    folder.mkdir()
    source = f'{TYPES}\n@function(http.post("/x"))\ndef send({parameters}) -> None: ...'
    return operation(folder, source, method="post")["requestBody"]


def test_a_form_may_be_sent_in_both_ways_unless_it_has_files(tmp_path: Path) -> None:
    found = body(tmp_path, "form: Annotated[Signup, http.Form]")
    assert list(found["content"]) == [URLENCODED, MULTIPART]
    assert found["content"][MULTIPART]["schema"] == {"$ref": "#/components/schemas/Signup"}
    assert found["required"] is True
    assert list(body(tmp_path, "form: Annotated[Post, http.Form]")["content"]) == [MULTIPART]
    assert list(body(tmp_path, "f: Annotated[list[UploadedFile], http.Form]")["content"]) == [MULTIPART]


@pytest.mark.parametrize("kind", ["Post", "Model"])
def test_files_are_binary_for_each_library(tmp_path: Path, kind: str) -> None:
    document = described(
        tmp_path, f'{TYPES}\n@function(http.post("/x"))\ndef send(form: Annotated[{kind}, http.Form]) -> None: ...'
    )
    validate(document)
    fields = document["components"]["schemas"][kind]["properties"]
    assert FILE.items() <= (fields["files"]["items"] if kind == "Model" else fields["photo"]["anyOf"][0]).items()
    assert ("full-name" in fields) == (kind == "Model")


def test_single_fields_are_one_object(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        'mail: Annotated[str, http.Form("e-mail"), msgspec.Meta(max_length=9)], n: Annotated[int, http.Form] = 1, '
        "photo: Annotated[UploadedFile | None, http.Form] = None, tags: Annotated[list[str], http.Form] = []",
    )
    schema = found["content"][MULTIPART]["schema"]
    assert schema["required"] == ["e-mail"]
    assert schema["properties"]["e-mail"] == {"type": "string", "maxLength": 9}
    assert schema["properties"]["photo"] == FILE
    assert schema["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}
    assert not body(tmp_path, "n: Annotated[int, http.Form] = 1")["required"]


def test_what_a_form_may_be_refused_with_is_there(tmp_path: Path) -> None:
    source = f'{TYPES}\n@function(http.post("/x"))\ndef send(text: Annotated[str, http.Form]) -> None: ...'
    assert list(operation(tmp_path, source, method="post")["responses"]) == ["204", "400", "413", "415", "default"]


def test_every_limit_of_a_form_is_told(tmp_path: Path) -> None:
    source = f"""{TYPES}
class Limited(msgspec.Struct):
    photo: Annotated[UploadedFile, http.Form(max_file=100)]
    name: str = ""

@function(http.post("/x", max_body=5000))
def send(form: Annotated[Limited, http.Form(max_field=20, max_total=3000)]) -> None: ..."""
    said = operation(tmp_path, source, method="post")["responses"]["413"]["description"]
    assert said.split("; ") == [
        "The body has more than 5000 bytes",
        "a text of more than 20 bytes",
        "together all fields of more than 3000 bytes",
        "photo: a file of more than 100 bytes",
    ]
