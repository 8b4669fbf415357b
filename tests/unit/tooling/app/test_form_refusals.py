"""What a form cannot hold is refused at the declaration, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.app.test_forms import HEADS, TYPES
from unit.tooling.entry.apps import imported

from portable.errors import DeclarationError

REFUSED = {
    "a get": ("get", "form: Annotated[Plain, http.Form]", "a GET request has no body"),
    "nested": (
        "post",
        "form: Annotated[Nested, http.Form]",
        "has the field inner of Nested, but Good does not fit a form",
    ),
    "a dict": ("post", "form: Annotated[dict[str, str], http.Form]", "does not fit a form"),
    "bytes": ("post", "form: Annotated[bytes, http.Form]", "does not fit a form"),
    "bytes inside": ("post", "form: Annotated[Raw, http.Form]", "has the field data of Raw"),
    "items without a type": ("post", "form: Annotated[Loose, http.Form]", "has the field items of Loose, whose items"),
    "a name for several": ("post", 'form: Annotated[Good, http.Form("x")]', "leave the name out"),
    "body as well": (
        "post",
        "form: Annotated[Good, http.Form], body: Good",
        "reads the body as JSON, but form reads it",
    ),
    "file without a form": ("post", "photo: UploadedFile", r"write Annotated\[UploadedFile, http.Form\]"),
    "file in a body": ("post", "body: WithFile", "its field photo is an UploadedFile, which only a form has"),
    "length of a file": ("post", "p: Annotated[UploadedFile, http.Form, msgspec.Meta(max_length=1)]", "does not fit"),
    "both libraries": ("post", "form: Annotated[Mixed, http.Form]", "checked by pydantic and .*by msgspec"),
}
MORE = """
@dataclasses.dataclass
class Good:
    n: int
@dataclasses.dataclass
class Nested:
    inner: Good
@dataclasses.dataclass
class Raw:
    data: bytes
@dataclasses.dataclass
class Loose:
    items: list
@dataclasses.dataclass
class WithFile:
    photo: UploadedFile | None
class Mixed(pydantic.BaseModel):
    n: Annotated[int, msgspec.Meta(gt=0)]
"""


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_form_cannot_hold_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    method, parameters, says = REFUSED[name]
    types = TYPES.partition("def shown(")[0]
    source = f'{types}{MORE}\n@function(http.{method}("/f"))\ndef fun({parameters}) -> None: ...'
    with pytest.raises(DeclarationError, match=says) as caught, imported(tmp_path, source, HEADS["postponed"]):
        pass
    assert caught.value.where is not None


@pytest.mark.parametrize("options", ["max_file=0", "max_total=-1", "max_field=True", "name=''", "max_file='1'"])
def test_a_wrong_option_is_refused_at_once(options: str) -> None:
    from portable import http

    with pytest.raises(DeclarationError, match=r"http\.Form\("):
        eval(f"http.Form({options})", {"http": http})


def test_a_queue_has_no_form(tmp_path: Path) -> None:
    source = 'jobs = Queue("jobs")\n@function(jobs.messages())\ndef fun(n: Annotated[int, http.Form]) -> None: ...'
    with pytest.raises(DeclarationError, match="reads a form, but the trigger is not HTTP"), imported(tmp_path, source):
        pass
