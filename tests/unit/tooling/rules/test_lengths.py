"""A type that allows a text which no message, row or body can hold is told; what says no length is not."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated, Any, NewType, TypedDict

import msgspec
import pydantic
import pytest
from unit.tooling.rules.apps import HTTP, QUEUE, app, function

from portable.tooling.app.lengths import longest_text
from portable.tooling.app.model import Parameter
from portable.tooling.problems import problems
from portable.tooling.rules.lengths import length_problems
from portable.tooling.target import Options
from portable.tooling.targets import load_target

Short = NewType("Short", str)
Text = Annotated[str, msgspec.Meta(max_length=9)]


class Line(msgspec.Struct):
    text: Annotated[str, msgspec.Meta(max_length=70_000)] | None = None
    below: list[Line] = msgspec.field(default_factory=list)


class Sentence(pydantic.BaseModel):
    text: str | None = pydantic.Field(None, max_length=70_000)


class Letter(pydantic.BaseModel):
    title: str = pydantic.Field(max_length=80)
    lines: list[Sentence] = pydantic.Field(max_length=1_000_000)
    blob: bytes | None = pydantic.Field(None, max_length=500)


@dataclass
class Plain:
    name: str
    note: Text
    letter: Letter | None = None


class Typed(TypedDict):
    text: Text


@pytest.mark.parametrize(
    ("kind", "longest"),
    [
        (str, None),
        (Short, None),
        (Text, ("", 9)),
        (dict[str, Text], ("[]", 9)),
        (Annotated[list[str], msgspec.Meta(max_length=5)], None),
        (Line, ("text", 70_000)),
        (Letter, ("lines[].text", 70_000)),
        (Plain | None, ("letter.lines[].text", 70_000)),
        (Typed, ("text", 9)),
        (Any, None),
        (None, None),
    ],
    ids=str,
)
def test_the_longest_text_is_the_one_that_a_field_allows(kind: Any, longest: Any) -> None:
    assert longest_text(kind) == longest


def test_a_type_is_entered_once_however_often_it_is_named() -> None:
    kind: Any = Line
    for depth in range(30):
        kind = dataclass(type(f"Level{depth}", (), {"__annotations__": {"left": kind, "right": kind}}))
    assert longest_text(kind) == (f"{'left.' * 30}text", 70_000)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement came with Python 3.12")
def test_an_alias_that_names_itself_ends() -> None:
    names: dict[str, Any] = {}
    exec("type Tree = dict[str, Tree] | list[Tree] | str", names)
    assert longest_text(names["Tree"]) is None


@pytest.mark.parametrize(
    ("trigger", "source", "length", "told"),
    [
        (QUEUE, "event", 49_152, None),
        (QUEUE, "event", 49_153, "on every target a message or record has at most 49,152 bytes"),
        (HTTP, "client", 399_360, None),
        (HTTP, "client", 399_361, "on every target a row of a table has at most 399,360 bytes"),
        (HTTP, "body", 4_194_304, None),
        (HTTP, "body", 4_194_305, "max_body= allows at most 4,194,304 bytes"),
    ],
)
def test_what_is_longer_than_can_be_held_is_a_warning(
    trigger: dict[str, Any], source: Any, length: int, told: str | None
) -> None:
    from msgspec.structs import replace

    work = replace(function("work", trigger), parameters=(Parameter("job", source, longest=("text", length)),))
    found = list(length_problems(app(work)))
    assert [told in one.message for one in found if told] == ([True] if told else [])
    assert len(found) == (told is not None)
    for target in ("aws", "azure", "gcp"):
        said = problems(app(work), load_target(target), Options("3.12", "x86_64", {}))
        assert [one for one in said if "characters" in one.message] == found
    assert all(not one.error and one.where == "app.py:1" and one.instead for one in found)
