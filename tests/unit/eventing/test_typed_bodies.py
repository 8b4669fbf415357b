"""What a declared type says holds for what comes in: constraints wherever they stand, literals, generic classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import served

SOURCE = """
import dataclasses, enum
from typing import Generic, TypedDict, TypeVar
from typing_extensions import TypedDict as ExtendedDict
import annotated_types, msgspec, pydantic
import pydantic.dataclasses

T = TypeVar("T")

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

class Level(str, enum.Enum):
    LOW = "low"

class Number(enum.IntEnum):
    ONE = 1

@pydantic.dataclasses.dataclass
class OfPydantic:
    n: pydantic.PositiveInt

@dataclasses.dataclass
class WithField:
    n: Annotated[int, pydantic.Field(gt=0)]

@dataclasses.dataclass
class WithDefault:
    n: int = pydantic.Field(default=1, gt=0)

@dataclasses.dataclass
class WithAnnotatedTypes:
    n: Annotated[int, annotated_types.Gt(0)]

@dataclasses.dataclass
class WithMeta:
    n: Annotated[int, msgspec.Meta(gt=0)]

class Dict(ExtendedDict):
    n: Annotated[int, pydantic.Field(gt=0)]

class Struct(msgspec.Struct):
    n: Annotated[int, msgspec.Meta(gt=0)]

class Model(pydantic.BaseModel):
    n: int = pydantic.Field(gt=0)

@dataclasses.dataclass
class Outer:
    inner: list[WithField]

class Page(pydantic.BaseModel, Generic[T]):
    items: list[T]

class Box(msgspec.Struct, Generic[T]):
    item: T
"""
KINDS = ["OfPydantic", "WithField", "WithDefault", "WithAnnotatedTypes", "WithMeta", "Dict", "Struct", "Model"]


def posted(entry: Any, body: Any) -> int:
    status: int = entry.send("POST", "/f", body=json.dumps(body).encode()).status
    return status


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", ["{}", "list[{}]", "{} | None", "dict[str, {}]"])
def test_a_constraint_holds_wherever_it_stands(tmp_path: Path, kind: str, shape: str) -> None:
    source = f'{SOURCE}\n@function(http.post("/f"))\ndef fun(body: {shape.format(kind)}) -> str:\n    return "ok"\n'
    wrap = {"list[{}]": lambda v: [v], "dict[str, {}]": lambda v: {"k": v}}.get(shape, lambda v: v)
    with served(tmp_path, source) as entry:
        assert posted(entry, wrap({"n": 1})) == 200
        assert posted(entry, wrap({"n": -1})) == 400


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        ("Outer", {"inner": [{"n": 1}]}, {"inner": [{"n": 0}]}),
        ("Annotated[list[int], msgspec.Meta(max_length=1)]", [1], [1, 2]),
        ("list[Annotated[int, pydantic.Field(gt=0)]]", [1], [0]),
        ("Page[int]", {"items": [1]}, {"items": ["x"]}),
        ("Page[Model]", {"items": [{"n": 1}]}, {"items": [{"n": 0}]}),
        ("Box[Struct]", {"item": {"n": 1}}, {"item": {"n": 0}}),
        ("Literal[1, 'a']", "a", "b"),
        ("dict[int, Colour]", {"1": "red"}, {"x": "red"}),
    ],
)
def test_a_body_is_what_its_annotation_says(tmp_path: Path, annotation: str, good: Any, bad: Any) -> None:
    source = f'{SOURCE}\n@function(http.post("/f"))\ndef fun(body: {annotation}) -> str:\n    return "ok"\n'
    with served(tmp_path, source) as entry:
        assert posted(entry, good) == 200
        assert posted(entry, bad) == 400


def test_a_literal_may_hold_members_of_enums(tmp_path: Path) -> None:
    source = f"""{SOURCE}
@function(http.get("/f"))
def fun(c: Literal[Colour.RED, Level.LOW, Number.ONE, "x", True]) -> list[Any]:
    return [type(c).__name__, str(getattr(c, "value", c))]
"""
    with served(tmp_path, source) as entry:
        for text, kind in (("red", "Colour"), ("low", "Level"), ("1", "Number"), ("x", "str"), ("true", "bool")):
            assert json.loads(entry.send("GET", "/f", f"c={text}").body)[0] == kind
        assert entry.send("GET", "/f", "c=blue").status == 400
