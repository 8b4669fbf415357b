"""The source of a type or value evaluates to the same thing in a module that has only the named imports."""

from __future__ import annotations

import datetime
import decimal
import enum
import pathlib
import sys
import types
import typing
import uuid
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import annotated_types
import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.persistence.table import Index, Key, Table
from portable.settings.setting import Setting
from portable.tooling.app.expressions import (
    NoExpression,
    object_expression,
    resource_expression,
    type_expression,
    value_expression,
)
from portable.tooling.app.model import Code

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(str, enum.Enum):  # noqa: UP042
    BIG = "big"


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Outer:
    class Inner(msgspec.Struct):
        name: str


class Page(pydantic.BaseModel, Generic[T]):
    items: list[T]


class Box(msgspec.Struct, Generic[T]):
    item: T


@dataclass(frozen=True)
class Point:
    x: int
    y: Colour = Colour.RED


class Pair(NamedTuple):
    left: int


def evaluated(code: Code) -> Any:
    namespace: dict[str, Any] = {}
    exec("\n".join(code.imports), namespace)
    return eval(code.expression, namespace)


TYPES = [
    int, None, Any, bytes, list[int], dict[uuid.UUID, list[str | None]], tuple[()], tuple[int, ...], set[Colour],
    Outer.Inner, Page, Page[int], Page[Page[Colour]], Box[Colour], list[Box[Page[int]]], Pair, Point,
    Literal["a", 1, True, b"x"], Literal[Colour.RED, Size.BIG], Literal["shop.api", "typing.Any", 'a"b\n'],
    Colour | None, Callable[[int, str], None], Callable[..., int],
    Sequence[int], Annotated[int, msgspec.Meta(gt=0, description="a")], Annotated[str, Colour.RED, Point(1)],
    Annotated[int, annotated_types.Gt(0)], type[Colour],
]  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_the_source_of_a_type_is_that_type(kind: Any) -> None:
    assert evaluated(type_expression(kind)) == kind


def test_a_field_of_pydantic_keeps_its_constraints() -> None:
    found = evaluated(type_expression(Annotated[int, pydantic.Field(gt=0, description="x")]))
    assert pydantic.TypeAdapter(found).json_schema() == {"exclusiveMinimum": 0, "type": "integer", "description": "x"}


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.floats(allow_nan=False), st.complex_numbers(allow_nan=False),
        st.decimals(allow_nan=False), st.uuids(), st.dates(), st.timedeltas(),
        st.datetimes(timezones=st.sampled_from([None, datetime.UTC, zoneinfo.ZoneInfo("Europe/Berlin"), datetime.timezone(datetime.timedelta(hours=-3))])),
        st.times(), st.sampled_from([*Colour, *Size, *Right, Right.READ | Right.WRITE, Right(0), int, Page[int], Point(1), Ellipsis, pathlib.PurePosixPath("/a")]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple), st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.frozensets(st.integers() | st.text(max_size=2), max_size=3), st.sets(st.sampled_from(Colour), max_size=2),
    ),
    max_leaves=6,
)  # fmt: skip


@given(VALUES)
def test_the_source_of_a_value_makes_an_equal_one(value: Any) -> None:
    code = value_expression(value)
    found = evaluated(code)
    assert found == value
    assert type(found) is type(value)
    assert code == value_expression(found), "the source does not change by itself"


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), decimal.Decimal("Infinity"), complex(0, float("inf"))])
def test_numbers_without_a_literal_are_made_by_a_call(value: Any) -> None:
    assert evaluated(value_expression(value)) == value


@pytest.mark.parametrize(
    "resource",
    [
        Setting("colour", default='it\'s "blue"\n'),
        Table("orders", Outer.Inner, key="name", indexes=(Index("by_n", key=Key("name", str)),)),
        Table("plain", key=Key("at", datetime.datetime)),
    ],
)
def test_a_resource_without_a_name_is_made_again(resource: Any) -> None:
    assert evaluated(resource_expression(resource, [])) == resource


def local() -> type:
    class Local: ...

    return Local


@pytest.mark.parametrize(
    "kind",
    [local(), T, list[T], typing.ForwardRef("Colour"), list[typing.ForwardRef("Gone")], types.FunctionType],
    ids=str,
)
def test_what_cannot_be_named_is_refused(kind: Any) -> None:
    with pytest.raises(NoExpression):
        type_expression(kind)


class Shadowed:
    """A class whose module another attribute of the package hides."""


def test_a_module_that_its_package_hides_is_imported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    package, module = types.ModuleType("shadow_shop"), types.ModuleType("shadow_shop.order")
    package.order = lambda: "the function that __init__ imported"  # type: ignore[attr-defined]
    package.__path__ = []
    kind = type("Order", (), {"__module__": "shadow_shop.order"})
    kind.Line = type("Line", (), {"__module__": "shadow_shop.order", "__qualname__": "Order.Line"})  # type: ignore[attr-defined]
    module.Order = kind  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shadow_shop", package)
    monkeypatch.setitem(sys.modules, "shadow_shop.order", module)
    assert evaluated(object_expression(kind)) is kind
    assert evaluated(object_expression(kind.Line)) is kind.Line  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["class", "a b", "Missing", "Gone.Inner"])
def test_a_name_that_only_looks_like_an_attribute_of_its_module_is_refused(name: str) -> None:
    kind = type("Order", (), {"__module__": __name__, "__qualname__": name})
    with pytest.raises(NoExpression):
        object_expression(kind)
    globals_like = type("Colour", (), {"__module__": __name__, "__qualname__": "Colour"})
    with pytest.raises(NoExpression):
        object_expression(globals_like)
