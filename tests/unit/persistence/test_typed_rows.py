import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypedDict
from uuid import UUID, uuid4

import msgspec
import pydantic
import pytest

from portable.errors import InvalidValue
from portable.persistence.clients import TableReadWriter
from portable.persistence.memory import MemoryTable
from portable.persistence.table import Index, Table


class Colour(enum.Enum):
    RED = "red"


@dataclass
class AsDataclass:
    id: UUID
    at: datetime
    colour: Colour
    day: date
    blob: bytes
    group: str | None = None


class AsStruct(msgspec.Struct):
    id: UUID
    at: datetime
    colour: Colour
    day: date
    blob: bytes
    group: str | None = None


class AsDict(TypedDict):
    id: UUID
    at: datetime
    colour: Colour
    day: date
    blob: bytes
    group: str | None


class AsModel(pydantic.BaseModel):
    id: UUID
    at: datetime
    colour: Colour
    day: date
    blob: bytes
    group: str | None = None


def client(kind: type) -> TableReadWriter[Any]:
    table = Table("typed", kind, key="id", indexes=(Index("by_group", key="group"),))
    driver = MemoryTable(table)

    class Drivers:
        def of(self, _: Table) -> MemoryTable:
            return driver

    return TableReadWriter(table, Drivers())  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [AsDataclass, AsStruct, AsDict, AsModel])
def test_rows_of_each_kind_come_back_as_their_type(kind: Any) -> None:
    rows = client(kind)
    row = kind(
        id=uuid4(), at=datetime(2026, 1, 1, tzinfo=UTC), colour=Colour.RED, day=date(2026, 1, 1), blob=b"x", group=None
    )
    key = str(row["id"] if kind is AsDict else row.id)
    rows.put(row)
    assert rows.get(key) == row
    changed = rows.update(key, set={"group": "g"})
    assert rows.query("g", index="by_group").items == [changed]


@pytest.mark.parametrize("kind", [AsDataclass, AsStruct, AsDict, AsModel])
def test_what_does_not_fit_the_row_type_is_refused_with_its_field(kind: type) -> None:
    rows = client(kind)
    with pytest.raises(InvalidValue, match="at"):
        rows.put(
            {"id": str(uuid4()), "at": "no time", "colour": "red", "day": "2026-01-01", "blob": b"", "group": None}
        )
    with pytest.raises(InvalidValue, match=r"nothing: .* has no field of this name"):
        rows.update(str(uuid4()), set={"nothing": 1})
