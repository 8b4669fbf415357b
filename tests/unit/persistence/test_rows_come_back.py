"""A typed row comes back equal, whatever its type is made of, or is refused at put with the name of the field."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pydantic.alias_generators
import pydantic.dataclasses
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import InvalidValue
from portable.persistence.clients import TableReadWriter
from portable.persistence.query import field, sort
from portable.persistence.table import Index, Table
from portable.testing import memory


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


class Pair(NamedTuple):
    left: int
    right: str


class Point(msgspec.Struct, array_like=True, frozen=True):
    x: int


class Cat(msgspec.Struct, tag=True, rename="camel"):
    full_name: str


class Dog(msgspec.Struct, tag=True):
    age: int = 0


ORIGIN = Pair(0, "")
START = Point(0)


@dataclasses.dataclass
class Plain:
    id: UUID
    by_number: dict[int, int]
    by_time: dict[datetime, Colour]
    by_price: dict[Decimal, bytes]
    pair: tuple[int, str]
    named: Pair = ORIGIN
    levels: frozenset[Level] = frozenset()
    price: Decimal = Decimal(0)
    raw: bytes = b""
    day: date = date(2026, 1, 1)
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    point: Point = START
    anything: Any = None


class Struct(msgspec.Struct, rename="camel", tag="row", forbid_unknown_fields=True, omit_defaults=True):
    user_id: str
    how_many: int = 0
    pets: list[Cat | Dog] = []
    by_id: dict[UUID, int] = {}
    main_group: str | None = None
    unset: int | msgspec.UnsetType = msgspec.UNSET


class Inner(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", alias_generator=pydantic.alias_generators.to_camel)
    inner_name: str
    by_number: dict[int, Colour] = {}


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    user_id: UUID = pydantic.Field(alias="userId")
    inner: list[Inner] = []
    how_many: int = pydantic.Field(default=0, alias="howMany", ge=0)
    main_group: str | None = pydantic.Field(default=None, alias="mainGroup")
    raw: bytes = b""
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    price: Decimal = Decimal(0)
    link: pydantic.HttpUrl = pydantic.HttpUrl("https://example.org/")

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        return self.how_many + len(self.inner)


@pydantic.dataclasses.dataclass
class Checked:
    id: str
    n: pydantic.PositiveInt = 1
    by_number: dict[int, int] = dataclasses.field(default_factory=dict)


class Dict(TypedDict):
    id: str
    by_number: dict[int, Colour]
    pair: tuple[int, Level]
    more: NotRequired[date]


numbers = st.integers(-(2**53), 2**53)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
times = st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))
prices = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
ids = st.text("abc", min_size=1, max_size=5)
ROWS = st.one_of(
    st.builds(
        Plain, st.uuids(), st.dictionaries(numbers, numbers, max_size=2), st.dictionaries(times, st.sampled_from(Colour), max_size=2),
        st.dictionaries(prices, st.binary(max_size=4), max_size=2), st.tuples(numbers, texts), st.builds(Pair, numbers, texts),
        st.frozensets(st.just(Level.LOW)), prices, st.binary(max_size=5), st.dates(), times, st.builds(Point, numbers),
        st.none() | texts | st.lists(numbers, max_size=2) | times | st.binary(max_size=4),
    ),
    st.builds(Struct, ids, numbers, st.lists(st.builds(Cat, texts) | st.builds(Dog, numbers), max_size=2), st.dictionaries(st.uuids(), numbers, max_size=2), st.none() | ids),
    st.builds(
        lambda i, n, h, g, r, a, p: Model(userId=i, inner=n, howMany=h, mainGroup=g, raw=r, at=a, price=p),
        st.uuids(), st.lists(st.builds(lambda n, b: Inner(innerName=n, byNumber=b), texts, st.dictionaries(numbers, st.just(Colour.RED), max_size=2)), max_size=2),
        st.integers(0, 9), st.none() | ids, st.binary(max_size=4), times, prices,
    ),
    st.builds(Checked, ids, st.integers(1, 9), st.dictionaries(numbers, numbers, max_size=2)),
    st.fixed_dictionaries({"id": ids, "by_number": st.dictionaries(numbers, st.just(Colour.RED), max_size=2), "pair": st.tuples(numbers, st.just(Level.LOW))}, optional={"more": st.dates()}),
)  # fmt: skip
TABLES: dict[type, Table] = {
    Plain: Table("plain", row=Plain, key="id"),
    Struct: Table("struct", row=Struct, key="user_id", indexes=(Index("by_group", key="main_group"),)),
    Model: Table("model", row=Model, key="user_id", indexes=(Index("by_group", key="main_group", sort="how_many"),)),
    Checked: Table("checked", row=Checked, key="id"),
    dict: Table("dict", row=Dict, key="id"),
}


def client(kind: type) -> TableReadWriter[Any]:
    return memory(TABLES[kind])  # type: ignore[no-any-return]


@given(ROWS)
def test_a_row_comes_back_equal(row: Any) -> None:
    rows = client(type(row))
    rows.put(row)
    key = row["id"] if isinstance(row, dict) else getattr(row, "user_id", None) or row.id
    found = rows.get(key)
    assert found == row
    assert type(found) is type(row)
    assert rows.scan().items == [row]
    with rows.transaction(key) as writes:
        writes.put(row)
    rows.batch_write([row])
    assert rows.get(key) == row


@pytest.mark.parametrize(("kind", "key"), [(Struct, "u1"), (Model, UUID(int=1))])
def test_names_in_python_are_names_of_stored_fields_everywhere(kind: Any, key: Any) -> None:
    rows = client(kind)
    rows.put(
        kind(userId=key, howMany=2, mainGroup="g") if kind is Model else kind(user_id=key, how_many=2, main_group="g")
    )
    assert rows.update(key, set={"main_group": "h"}, add={"how_many": 3}).how_many == 5
    assert rows.update(key, set={"mainGroup": "i"}, condition=field("how_many") == 5).main_group == "i"
    assert rows.update(key, set={"how_many": 7}, condition=field("main_group").exists()).how_many == 7
    assert (
        len(rows.scan(filter=(field("how_many") > 6) & (field("howMany") < 8) & ~field("unknown").exists()).items) == 1
    )
    [found] = rows.query("i", index="by_group", sort=sort.ge(7) if kind is Model else None).items
    assert rows.query(
        "i", index=Index("by_group", key="main_group", sort="how_many" if kind is Model else None)
    ).items == [found]
    assert rows.update(key, remove=["main_group"]).main_group is None
    assert rows.update(key, remove=["how_many"]).how_many == 0, "a removed field reads back as its default"
    with rows.transaction(key) as writes:
        writes.update(set={"how_many": 1}, condition=~field("main_group").exists())
    assert rows.get(key).how_many == 1
    with pytest.raises(InvalidValue, match="its Python and its stored name"):
        rows.update(key, set={"how_many": 1, "howMany": 2})
    with pytest.raises(InvalidValue, match="howMany: the field is in set and in add"):
        rows.update(key, set={"how_many": 1}, add={"howMany": 2})
    with pytest.raises(InvalidValue, match="the key of a row cannot be changed"):
        rows.update(key, set={"user_id": "other"})


def test_what_is_stored_has_the_written_names_and_every_field_of_a_row() -> None:
    table = Table("struct", row=Struct, key="user_id", indexes=(Index("by_group", key="main_group"),))
    assert (table.key, table.indexes[0].key) == ("userId", "mainGroup")
    assert table == Table("struct", row=Struct, key="userId", indexes=(Index("by_group", key="mainGroup"),))
    rows: Any = memory(table)
    rows.put(Struct("a"))
    [stored] = rows._connect()._partitions["a"].values()
    assert stored == {"type": "row", "userId": "a", "howMany": 0, "pets": [], "byId": {}}
    assert rows.scan(filter=field("how_many") == 0).items == [Struct("a")]
    rows.put({"user_id": "b", "howMany": 1})
    assert rows.get("b") == Struct("b", 1)


class Secret(pydantic.BaseModel):
    id: str
    password: pydantic.SecretStr | None = None


class Hidden(pydantic.BaseModel):
    id: str
    gone: int = pydantic.Field(default=0, exclude=True)


class Grouped(msgspec.Struct):
    id: str
    group: str | None = "all"


class Optional(TypedDict):
    id: str
    group: NotRequired[str | None]


REFUSED: dict[str, tuple[type, Callable[[], Any], str]] = {
    "secret": (Secret, lambda: Secret(id="a", password="x"), "password: a SecretStr cannot be stored or sent"),
    "excluded": (Hidden, lambda: Hidden(id="a", gone=1), "gone: 1 would arrive as 0"),
    "wrong type": (Struct, lambda: Struct("a", "many"), r"howMany: Expected `int`"),  # type: ignore[arg-type]
    "wrong deep": (Struct, lambda: Struct("a", by_id={UUID(int=1): "x"}), r"byId.*Expected `int`"),  # type: ignore[dict-item]
    "tuple in anything": (Plain, lambda: Plain(UUID(int=1), {}, {}, {}, (1, ""), anything=(1,)), r"anything: \(1,\) would arrive"),
    "key in anything": (Plain, lambda: Plain(UUID(int=1), {}, {}, {}, (1, ""), anything={1: 2}), "anything"),
    "None in an index": (Grouped, lambda: Grouped("a", None), "group: an index field cannot store None"),
    "None that may be absent": (Optional, lambda: {"id": "a", "group": None}, "group: an index field cannot store None"),
    "field of no type": (Optional, lambda: {"id": "a", "what": 1}, "what: 1 would arrive as nothing"),
    "naive time": (Plain, lambda: Plain(UUID(int=1), {}, {}, {}, (1, ""), at=datetime(2026, 1, 1)), "at: a datetime must have a time zone"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_not_come_back_is_refused_at_every_put(name: str) -> None:
    kind, make, says = REFUSED[name]
    indexes = (Index("by_group", key="group"),) if kind in (Grouped, Optional) else ()
    rows: Any = memory(Table("rows", row=kind, key="user_id" if kind is Struct else "id", indexes=indexes))
    for put in (rows.put, lambda row: rows.batch_write([row]), lambda row: rows.transaction("a").put(row)):
        with pytest.raises(InvalidValue, match=says):
            put(make())
    assert rows.scan().items == []


class Keyed(msgspec.Struct):
    day: date
    level: Level
    kind: Literal["a", "b"] = "a"


def test_a_key_is_given_as_the_row_type_has_it() -> None:
    rows: Any = memory(Table("keyed", row=Keyed, key="day", sort="level", indexes=(Index("by_kind", key="kind"),)))
    rows.put(Keyed(date(2026, 1, 2), Level.LOW))
    assert rows.get(date(2026, 1, 2), Level.LOW) == rows.get("2026-01-02", 1) == Keyed(date(2026, 1, 2), Level.LOW)
    assert len(rows.query(date(2026, 1, 2), sort=sort.le(Level.LOW)).items) == 1
    assert rows.batch_get([(date(2026, 1, 2), Level.LOW)])[0] is not None
    rows.batch_write(deletes=[(date(2026, 1, 2), Level.LOW)])
    assert rows.scan().items == []


class Bounded(msgspec.Struct):
    id: str
    stock: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0


def test_a_sum_stays_within_the_bounds_of_its_field() -> None:
    from portable.errors import Conflict

    rows: Any = memory(Table("bounded", row=Bounded, key="id"))
    rows.put(Bounded("a", 2))
    assert rows.update("a", add={"stock": -2}).stock == 0
    for amount in (-1, 11):
        with pytest.raises(Conflict, match="bounds of its field"):
            rows.update("a", add={"stock": amount})
    assert rows.update("a", add={"stock": 10}).stock == 10
    rows.update("a", remove=["stock"])
    with pytest.raises(Conflict):
        rows.update("a", add={"stock": -1})
    assert rows.update("a", add={"stock": 4}).stock == 4
    assert rows.update("new", add={"stock": 4}).stock == 4
    with pytest.raises(InvalidValue, match="stock: Expected `int` >= 0"):
        rows.update("a", set={"stock": -1})
