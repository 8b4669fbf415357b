"""A table that can never work is refused, with the place of the function that uses it."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType

import msgspec
import pydantic
import pytest
from unit.tooling.entry.apps import imported

from portable.errors import DeclarationError
from portable.persistence.shape import describe
from portable.persistence.table import Index, Key, Table


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Mixed(enum.Enum):
    ONE = 1
    TWO = "two"


class Inner(msgspec.Struct):
    n: int


Name = NewType("Name", str)


def typed(hint: Any) -> type:
    return msgspec.defstruct("Row", [("id", str), ("field", hint)], module=__name__)


GOOD = [
    (str, "str"), (int, "int"), (datetime.datetime, "datetime"), (uuid.UUID, "str"), (datetime.date, "str"), (Colour, "str"),
    (Level, "int"), (Name, "str"), (Literal["a", "b"], "str"), (Literal[1], "int"), (int | None, "int"),
    (Annotated[int, msgspec.Meta(gt=0)], "int"), (Annotated[datetime.datetime | None, "x"], "datetime"), (Any, "str"),
]  # fmt: skip
BAD = [
    float,
    bool,
    bytes,
    decimal.Decimal,
    list[str],
    dict[str, int],
    Inner,
    int | str,
    None,
    tuple[int, ...],
    Literal["a", 1],
]


@pytest.mark.parametrize(("hint", "kind"), GOOD, ids=str)
@pytest.mark.parametrize("place", ["sort", "index"])
def test_the_type_of_a_field_says_the_type_of_its_key(hint: Any, kind: str, place: str) -> None:
    shape = describe(table(typed(hint), place))
    found = shape["sort"] if place == "sort" else shape["indexes"][0]["key"]
    assert found == {"name": "field", "type": kind}


def table(row: type, place: str) -> Table:
    if place == "ttl":
        return Table("rows", row=row, key="id", ttl="field")
    if place == "sort":
        return Table("rows", row=row, key="id", sort="field")
    return Table("rows", row=row, key="id", indexes=(Index("by_field", key="field"),))


@pytest.mark.parametrize("hint", BAD, ids=str)
@pytest.mark.parametrize("place", ["sort", "index"])
def test_a_field_that_can_be_no_key_is_refused(hint: Any, place: str) -> None:
    with pytest.raises(DeclarationError, match=r'table "rows": the field "field" is .*cannot be a key'):
        describe(table(typed(hint), place))


@pytest.mark.parametrize("hint", [str, float, datetime.date, datetime.timedelta, bool, int | str, list[int]], ids=str)
def test_a_time_to_live_is_a_datetime_or_epoch_seconds(hint: Any) -> None:
    with pytest.raises(DeclarationError, match='the ttl field "field" is'):
        describe(table(typed(hint), "ttl"))
    for good in (datetime.datetime, int, int | None, datetime.datetime | None, datetime.datetime | int):
        assert describe(table(typed(good), "ttl"))["ttl"] == "field"


class Pair(NamedTuple):
    id: str


class Array(msgspec.Struct, array_like=True):
    id: str


class Odd:
    id: str


class Unknown(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    id: str
    odd: Odd


@pytest.mark.parametrize("row", [Pair, Array, Odd])
def test_a_row_type_without_named_fields_is_refused(row: type) -> None:
    with pytest.raises(DeclarationError, match='table "rows": the row type must be a dataclass'):
        describe(Table("rows", row=row, key="id"))


def test_a_key_that_contradicts_the_row_type_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r'Key\("field", str\) contradicts Row, where the field holds int'):
        describe(Table("rows", row=typed(int), key=Key("field", str)))
    assert describe(Table("rows", row=typed(int), key=Key("field", int)))["key"]["type"] == "int"


APPS = {
    "float key": ("class Row(msgspec.Struct):\n    id: float", 'Table("rows", row=Row, key="id")', '"id" is float, which cannot be a key'),
    "text ttl": ("class Row(msgspec.Struct):\n    id: str\n    end: str", 'Table("rows", row=Row, key="id", ttl="end")', 'the ttl field "end" is str'),
    "key that is not there": ("class Row(msgspec.Struct):\n    name: str", 'Table("rows", row=Row, key="id")', "Row has no field 'id'"),
    "index of a list": (
        "class Row(msgspec.Struct):\n    id: str\n    tags: list[str]",
        'Table("rows", row=Row, key="id", indexes=(Index("by_tag", key="tags"),))',
        r'"tags" is list\[str\], which cannot be a key',
    ),
    "float key by hand": ("", 'Table("rows", key=Key("id", float))', "must have the type str, int or datetime"),
    "array": ("class Row(msgspec.Struct, array_like=True):\n    id: str", 'Table("rows", row=Row, key="id")', "the row type must be a dataclass"),
    "unknown type": ("class Odd: ...\nclass Row(msgspec.Struct):\n    id: str\n    odd: Odd", 'Table("rows", row=Row, key="id")', "rows cannot be read"),
    "two libraries": (
        "class Row(msgspec.Struct):\n    id: str\n    n: Annotated[int, pydantic.Field(gt=0)]",
        'Table("rows", row=Row, key="id")',
        "checked by pydantic and .* by msgspec",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", APPS)
def test_a_table_that_can_never_work_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    row, declared, says = APPS[name]
    source = f"""
import msgspec, pydantic
from portable import Index, Key, Table, TableReader
{row}
rows = {declared}
@function(http.get("/"))
def read(r: Annotated[TableReader, rows]) -> None: ...
"""
    with pytest.raises(DeclarationError, match=says) as refused, imported(tmp_path, source):
        pass
    if name not in ("key that is not there", "float key by hand"):  # these are refused where they are written
        assert refused.value.where is not None
        assert f"{refused.value.where}:" in str(refused.value)
