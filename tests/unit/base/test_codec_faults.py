"""All faults of a typed body in one error: each with its place, none of a part that is right, at a bounded cost."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Annotated, Any, Generic, NotRequired, TypedDict, TypeVar

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.base.codec_msgspec import MsgspecEngine
from portable.base.codec_pydantic import PydanticEngine
from portable.errors import MOST_FAULTS, InvalidInput
from portable.eventing.moments import aware

T = TypeVar("T")


@dataclass
class Line:
    sku: str
    count: Annotated[int, msgspec.Meta(ge=1)] = 1


class Buyer(msgspec.Struct, rename="camel"):
    full_name: Annotated[str, msgspec.Meta(min_length=2)]
    age: int | None = None


class Extra(TypedDict):
    note: str
    colour: NotRequired[int]


@dataclass
class Order:
    buyer: Buyer
    lines: list[Line]
    prices: dict[str, float] = field(default_factory=dict)
    pair: tuple[int, str] = (0, "")
    extra: Extra | None = None
    names: Sequence[str] = ()
    inner: Order | None = None


class Box(msgspec.Struct, Generic[T]):
    item: T


class Model(pydantic.BaseModel):
    a: int
    b: Annotated[str, pydantic.Field(max_length=2)]
    items: list[int] = []


def faults(kind: Any, body: Any) -> list[tuple[str, str]]:
    engine = PydanticEngine(kind) if kind is Model else MsgspecEngine(kind)
    with pytest.raises(InvalidInput) as caught:
        engine.from_json(body if isinstance(body, bytes) else json.dumps(body).encode())
    first = caught.value.errors[0]
    assert (caught.value.status, first) == (400, {"at": caught.value.at, "message": caught.value.detail})
    return [(each["at"], each["message"]) for each in caught.value.errors]


def test_each_fault_has_its_own_place() -> None:
    body = {
        "buyer": {"fullName": "x", "age": "old"},
        "lines": [{"sku": "a"}, {"count": 0}, {"sku": 5, "count": "1"}],
        "prices": {"tea": 1, "milk": "free"},
        "pair": ["1", 2],
        "extra": {"colour": "red"},
        "names": ["a", 1],
        "inner": {"buyer": {"fullName": "Ada"}, "lines": [7]},
    }
    assert faults(Order, body) == [
        ("body.buyer.fullName", "Expected `str` of length >= 2"),
        ("body.buyer.age", "Expected `int | null`, got `str`"),
        ("body.lines[1]", "Object missing required field `sku`"),
        ("body.lines[1].count", "Expected `int` >= 1"),
        ("body.lines[2].sku", "Expected `str`, got `int`"),
        ("body.lines[2].count", "Expected `int`, got `str`"),
        ("body.prices.milk", "Expected `float`, got `str`"),
        ("body.pair[0]", "Expected `int`, got `str`"),
        ("body.pair[1]", "Expected `str`, got `int`"),
        ("body.extra", "Object missing required field `note`"),
        ("body.extra.colour", "Expected `int`, got `str`"),
        ("body.names[1]", "Expected `str`, got `int`"),
        ("body.inner.lines[0]", "Expected `object`, got `int`"),
    ]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (Line, b"{", [("body", "Input data was truncated")]),
        (Line, [], [("body", "Expected `object`, got `array`")]),
        (Box[int], {"item": "x"}, [("body.item", "Expected `int`, got `str`")]),
        (int | str, 1.5, [("body", "Expected `int | str`, got `float`")]),
        (list[int], ["a", 1, "b"], [(f"body[{at}]", "Expected `int`, got `str`") for at in (0, 2)]),
        (Annotated[list[int], msgspec.Meta(max_length=1)], [1, 2], [("body", "Expected `array` of length <= 1")]),
        (dict[int, int], {"x": 1}, [("body", "key of the mapping: Expected `int`, got `str`")]),
    ],
)
def test_a_fault_that_has_no_parts_is_told_as_it_is(kind: Any, body: Any, expected: list[tuple[str, str]]) -> None:
    assert faults(kind, body) == expected


def test_pydantic_tells_all_of_its_own() -> None:
    found = faults(Model, {"b": "long", "items": [1, "x"]})
    assert [at for at, _ in found] == ["body.a", "body.b", "body.items[1]"]


VALUE = st.one_of(st.just(1), st.just("x"), st.none(), st.just([]), st.just({}))
LINES = st.lists(st.fixed_dictionaries({}, optional={"sku": VALUE, "count": VALUE}), max_size=4)


@given(LINES)
@examples(100)
def test_exactly_the_parts_that_alone_are_refused_have_a_fault(lines: list[dict[str, Any]]) -> None:
    wrong = {
        f"body[{index}]" if name not in line else f"body[{index}].{name}"
        for index, line in enumerate(lines)
        for name, good in (("sku", str), ("count", int))
        if (name in line and type(line[name]) is not good) or (name == "sku" and name not in line)
    }
    if wrong:
        assert {at for at, _ in faults(list[Line], lines)} == wrong
    else:
        MsgspecEngine(list[Line]).from_json(json.dumps(lines).encode())


def test_the_faults_and_the_cost_of_a_hostile_body_have_an_end() -> None:
    assert len(faults(list[Line], [1] * 1000)) == MOST_FAULTS
    assert len(faults(Model, {"a": 1, "b": "x", "items": ["x"] * 1000})) == MOST_FAULTS
    late = [1] * 200_000
    (only,) = faults(list[int], [*late, "x"])  # beyond the parts that are read again it is the first one
    assert only == ("body[200000]", "Expected `int`, got `str`")


@pytest.mark.parametrize("kind", [list[list[int]], list[Line], Order])
def test_eight_times_the_body_cost_about_eight_times(kind: Any) -> None:
    def cost(count: int) -> float:
        nested: Any = {"lines": 1}
        for _ in range(count // 100):
            nested = {"buyer": {}, "lines": [{"sku": "x"}], "inner": nested}
        body = json.dumps(nested if kind is Order else [[1] * 20, {"sku": "a"}] * (count // 10)).encode()
        best = 1e9
        for _ in range(3):
            began = process_time()
            faults(kind, body)
            best = min(best, process_time() - began)
        return best

    assert cost(40_000) <= 28 * max(cost(5_000), 1e-3)


@dataclass
class Visit:
    count: int
    at: datetime.datetime
    others: list[datetime.datetime] = field(default_factory=list)
    free: str = ""


@pytest.mark.parametrize("count", ["x", 1])
def test_a_date_and_time_without_an_offset_is_one_of_the_faults(count: object) -> None:
    naive, zoned = "2026-01-02T03:04:05", "2026-01-02T03:04:05Z"
    body = {"count": count, "at": naive, "others": [zoned, naive], "free": "2026-01-01T00:00:00"}
    with pytest.raises(InvalidInput) as caught:
        aware(MsgspecEngine(Visit).from_json, Visit)(json.dumps(body).encode())
    places = [each["at"] for each in caught.value.errors]
    assert places == [*(["body.count"] if count == "x" else []), "body.at", "body.others[1]"]
