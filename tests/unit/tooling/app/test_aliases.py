"""`type X = …` works wherever the type that it stands for does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from unit.tooling.entry.apps import HEAD, imported, served

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement came with Python 3.12")

SOURCE = """
import enum, msgspec, pydantic, uuid
from dataclasses import dataclass
from portable import Table, TableReader, Secret
"""
TYPES = """
class Colour(enum.Enum):
    RED = "red"

type Number = int
type Numbers = list[Number]
type Choice = Literal["a", 1] | None
type Either[A, B] = A | B
type Many[A] = list[A]
type Positive = Annotated[int, msgspec.Meta(gt=0)]
type Jobs = Message[Job]
type Wrapped[A] = Message[A]
type Store = Annotated[TableReader[OfRow], rows]
type Token = Annotated[str, http.Header("x-token")]
type OfColour = Colour
type Body = Many[Job]
type OfRow = Row
type Tree = dict[str, Tree] | int

@dataclass
class Job:
    n: Number
    many: Many[Number]
    p: Positive = 1

class Model(pydantic.BaseModel):
    n: Number
    many: Many[Number]

@dataclass
class Row:
    id: Number
    more: Many[str]

rows = Table("rows", OfRow, key="id")
jobs = Queue("jobs")
"""
FUNCTIONS = """
@function(http.get("/simple/{n}"))
def simple(n: Number, c: OfColour, q: Numbers, t: Token, choice: Choice, e: Many[Number]) -> list[Any]:
    return [n, c.name, q, t, choice, e]

@function(http.post("/body"))
def with_body(body: Body) -> list[Any]:
    return [job.n for job in body]

@function(http.post("/model"))
def with_model(body: Many[Model]) -> list[Any]:
    return [m.n for m in body]

@function(http.get("/rows"))
def with_rows(r: Store) -> str:
    return type(r).__name__

@function(jobs.messages())
def one(m: Jobs) -> None:
    global got
    got = m.payload

@function(Queue("others").messages())
def other(m: Wrapped[Many[Job]]) -> None: ...
"""


@pytest.mark.parametrize("head", [HEAD, "from __future__ import annotations\n" + HEAD])
def test_an_alias_is_what_it_stands_for(tmp_path: Path, head: str) -> None:
    class Drivers: ...

    with served(tmp_path, SOURCE + TYPES + FUNCTIONS, head, Drivers()) as entry:
        reply = entry.send("GET", "/simple/7", "c=red&q=1&q=2&e=3", {"x-token": "t"})
        assert json.loads(reply.body) == [7, "RED", [1, 2], "t", None, [3]]
        assert entry.send("GET", "/simple/x", "c=red", {"x-token": "t"}).status == 400
        job = {"n": 1, "many": [2]}
        for path in ("/body", "/model"):
            assert json.loads(entry.send("POST", path, body=json.dumps([job]).encode()).body) == [1]
        assert entry.send("POST", "/body", body=json.dumps([{**job, "p": 0}]).encode()).status == 400
        assert entry.send("GET", "/rows").body == b"TableReader"


def test_an_alias_that_cannot_be_evaluated_is_refused(tmp_path: Path) -> None:
    from portable.errors import DeclarationError

    source = 'type Gone = list[Nowhere]\n@function(http.post("/f"))\ndef fun(body: Gone) -> None: ...'
    with (
        pytest.raises(DeclarationError, match=r"written_app.*type alias of parameter.*Nowhere"),
        imported(tmp_path, source),
    ):
        pass


def test_an_alias_that_names_itself_is_read_by_pydantic_or_refused(tmp_path: Path) -> None:
    from portable.errors import DeclarationError

    source = 'type Tree = dict[str, Tree] | int\n@function(http.post("/f"))\ndef fun(body: Tree) -> None: ...'
    with pytest.raises(DeclarationError, match="written_app"), imported(tmp_path, source):
        pass
    wrapped = """
import pydantic
type Tree = dict[str, Tree] | int
class Forest(pydantic.BaseModel):
    trees: list[Tree]
@function(http.post("/f"))
def fun(body: list[Forest]) -> list[Any]:
    return [forest.trees for forest in body]
"""
    with served(tmp_path, wrapped) as entry:
        assert json.loads(entry.send("POST", "/f", body=b'[{"trees": [{"a": {"b": 1}}]}]').body) == [[{"a": {"b": 1}}]]
        assert entry.send("POST", "/f", body=b'[{"trees": ["x"]}]').status == 400
