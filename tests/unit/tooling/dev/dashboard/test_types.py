"""A form is made of the types that a function declares, whichever library describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict
from uuid import UUID

import msgspec
import pytest
from pydantic import BaseModel
from pydantic import Field as Limited

from portable.base.codec import Codec
from portable.tooling.dev.dashboard.firing.types import Field, fields, sample, value_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Line:
    sku: str
    count: int = 1


@dataclass
class Order:
    customer: str
    at: datetime
    id: UUID
    total: Decimal
    colour: Colour
    mode: Literal["fast", "slow"]
    note: str | None = None
    paid: bool = False
    weight: float = 0.5
    lines: list[Line] = field(default_factory=list)


class Struct(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=2)]
    size: Annotated[int, msgspec.Meta(ge=3)]


class Model(BaseModel):
    name: str
    age: int = Limited(gt=17)


class Typed(TypedDict):
    a: int
    b: NotRequired[str]


class Tree(msgspec.Struct):
    name: str
    below: list[Tree] = []


@pytest.mark.parametrize("kind", [Line, Order, Struct, Model, Typed, Tree])
def test_the_value_to_begin_with_is_one_that_the_type_takes(kind: Any) -> None:
    assert Codec(kind).from_plain(sample(kind)) is not None


def test_each_member_has_the_field_that_fits_it() -> None:
    found = {each.label: each for each in fields(Order, "body.") or ()}
    assert {label: each.kind for label, each in found.items()} == {
        "customer": "text",
        "at": "text",
        "id": "text",
        "total": "text",
        "colour": "select",
        "mode": "select",
        "note": "text",
        "paid": "checkbox",
        "weight": "number",
        "lines": "json",
    }
    assert found["customer"].name == "body.customer"
    assert [each.label for each in found.values() if each.required] == [
        "customer",
        "at",
        "id",
        "total",
        "colour",
        "mode",
    ]
    assert set(found["colour"].options) == {"red", "blue"}


def test_a_type_without_members_has_no_fields_and_an_unknown_one_no_value() -> None:
    assert fields(list[int], "body.") is None
    assert sample(object()) is None


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (Field("a", "a", "text", required=True), "", (True, "")),
        (Field("a", "a", "text"), "", (False, None)),
        (Field("a", "a", "number"), "-3", (True, -3)),
        (Field("a", "a", "number", step="any"), "2.5", (True, 2.5)),
        (Field("a", "a", "number", required=True), "", (False, None)),
        (Field("a", "a", "json"), '{"a": 1}', (True, {"a": 1})),
        (Field("a", "a", "select"), "x", (True, "x")),
    ],
)
def test_what_was_written_is_read(field: Field, text: str, value: tuple[bool, Any]) -> None:
    assert value_of(field, text, False) == value


def test_a_box_that_is_not_ticked_is_sent_only_if_it_must_be() -> None:
    assert value_of(Field("a", "a", "checkbox"), "", False) == (False, False)
    assert value_of(Field("a", "a", "checkbox", required=True), "", False) == (True, False)
    assert value_of(Field("a", "a", "checkbox", "on"), "", False) == (True, False)
    assert value_of(Field("a", "a", "checkbox"), "on", True) == (True, True)


@pytest.mark.parametrize(("kind", "text"), [("number", "x"), ("json", "{")])
def test_what_cannot_be_read_is_a_fault(kind: str, text: str) -> None:
    with pytest.raises(ValueError):
        value_of(Field("a", "a", kind), text, False)


class Optional(BaseModel):
    names: list[str] | None = None
    more: list[str] = Limited(default_factory=list)
    given: list[str] = ["a"]
    needed: list[str]
    word: str
    short: Annotated[str, Limited(min_length=3)]
    other: str = "kept"
    blob: bytes = b""


def test_what_may_be_left_out_begins_empty_or_with_its_default_and_needed_text_begins_empty() -> None:
    found = {each.label: each for each in fields(Optional, "body.") or ()}
    assert {label: each.value.replace("\n", "").replace(" ", "") for label, each in found.items()} == {
        "names": "",
        "more": "",
        "given": '["a"]',
        "needed": "[]",
        "word": "",
        "short": "",
        "other": "kept",
        "blob": "",
    }
    assert found["short"].example == "xxx"
    assert found["word"].required
    assert found["blob"].kind == "text"
    assert sample(Optional) == {
        "given": ["a"],
        "needed": [],
        "word": "",
        "short": "xxx",
        "other": "kept",
        "names": None,
        "blob": "",
    }
