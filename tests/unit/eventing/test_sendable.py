"""What is sent is what arrives, typed, or it is refused at send with the name of the field."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import math
import uuid
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import InvalidValue
from portable.eventing import typed_payload
from portable.eventing.outgoing import prepare
from portable.tooling.app.payloads import payload_decoder

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "red"


class Size(str, enum.Enum):  # noqa: UP042
    BIG = "big"


class Pair(NamedTuple):
    left: int
    right: str


ORIGIN = Pair(0, "")


@dataclasses.dataclass
class Plain:
    by_number: dict[int, int]
    by_id: dict[uuid.UUID, Colour]
    pair: tuple[int, str] = (0, "")
    sizes: frozenset[Size] = frozenset()
    when: datetime.datetime | None = None
    price: decimal.Decimal = decimal.Decimal(0)
    raw: bytes = b""
    named: Pair = ORIGIN
    anything: Any = None


class Line(msgspec.Struct, rename="camel", tag=True, forbid_unknown_fields=True, omit_defaults=True):
    full_name: str
    how_many: int = 0


class Other(msgspec.Struct, tag=True):
    n: int


class Point(msgspec.Struct, array_like=True, frozen=True):
    n: int


class Order(msgspec.Struct, rename={"order_id": "orderId"}):
    order_id: str
    lines: list[Line | Other] = []
    point: Point = Point(0)
    unset: int | msgspec.UnsetType = msgspec.UNSET


class Item(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    item_id: str = pydantic.Field(alias="itemId")
    by_number: dict[int, Colour] = {}
    counted: set[int] = set()

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        return len(self.by_number)


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    key: uuid.UUID = pydantic.Field(validation_alias=pydantic.AliasChoices("old", "new"), serialization_alias="new")
    items: list[Item] = []
    link: pydantic.HttpUrl | None = None


@pydantic.dataclasses.dataclass
class Checked:
    n: pydantic.PositiveInt
    names: dict[int, str] = dataclasses.field(default_factory=dict)


class Page(pydantic.BaseModel, Generic[T]):
    items: list[T]


numbers = st.integers(-(2**63), 2**63 - 1)
lines = st.builds(Line, st.text(), numbers) | st.builds(Other, numbers)
items = st.builds(
    lambda i, b, c: Item(itemId=i, by_number=b, counted=c),
    st.text(), st.dictionaries(numbers, st.just(Colour.RED), max_size=3), st.sets(numbers, max_size=3),
)  # fmt: skip
SENT = st.one_of(
    st.builds(
        Plain,
        st.dictionaries(numbers, numbers, max_size=3),
        st.dictionaries(st.uuids(), st.just(Colour.RED), max_size=3),
        st.tuples(numbers, st.text()),
        st.frozensets(st.just(Size.BIG)),
        st.none() | st.datetimes(timezones=st.just(datetime.UTC)),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.binary(),
        st.builds(Pair, numbers, st.text()),
        st.none()
        | st.text()
        | st.lists(numbers)
        | st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    ),
    st.builds(Order, st.text(), st.lists(lines, max_size=3), st.builds(Point, numbers)),
    st.builds(lambda n: OwnNames(key=n), numbers),
    items,
    st.builds(lambda k, i: Strict(new=k, items=i), st.uuids(), st.lists(items, max_size=2)),
    st.builds(Checked, st.integers(1, 9), st.dictionaries(numbers, st.text(), max_size=2)),
    st.builds(lambda i: Page[Item](items=i), st.lists(items, max_size=2)),
)


class OwnNames(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(populate_by_name=True)
    key: int = pydantic.Field(validation_alias="in", serialization_alias="out")


@cache
def decoder(kind: Any) -> Any:
    name, _ = payload_decoder(kind)
    return {"typed": typed_payload.typed, "model": typed_payload.model}[name](kind)


def received(kind: Any, body: bytes) -> Any:
    """Return what a handler that declares a type gets, by the decoder that is packaged for it."""
    return decoder(kind)(body)


@given(SENT)
def test_a_typed_payload_arrives_equal(sent: Any) -> None:
    body = prepare(sent, None).body
    arrived = received(type(sent), body)
    assert arrived == sent
    assert type(arrived) is type(sent)


@given(st.lists(SENT, max_size=2))
def test_typed_payloads_arrive_inside_of_plain_ones(sent: list[Any]) -> None:
    body = prepare({"all": sent}, None).body
    for index, one in enumerate(sent):
        [found] = msgspec.json.decode(body, type=dict[str, list[msgspec.Raw]])["all"][index : index + 1]
        assert received(type(one), bytes(found)) == one


class Secret(pydantic.BaseModel):
    password: pydantic.SecretStr


@dataclasses.dataclass
class Deep:
    inner: list[Secret]


class Dropped(pydantic.BaseModel):
    kept: int = 0
    gone: int = pydantic.Field(default=0, exclude=True)


class TwoNames(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    name: int = pydantic.Field(validation_alias="in", serialization_alias="out")


class Base(pydantic.BaseModel):
    a: int = 0


class Child(Base):
    b: int = 1


class Holder(pydantic.BaseModel):
    base: Base


class Hidden(pydantic.BaseModel):
    a: int = 0
    _seen: list[int] = pydantic.PrivateAttr(default_factory=list)


def hidden() -> Hidden:
    made = Hidden()
    made._seen.append(1)
    return made


@dataclasses.dataclass(eq=False)
class Unequal:
    number: float
    more: Any = None


class Blob(msgspec.Struct):
    data: Any


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "secret": (lambda: Secret(password="x"), "password: a SecretStr cannot be stored or sent"),
    "deep secret": (lambda: Deep([Secret(password="x")]), r"inner\[0\].password: a SecretStr"),
    "secret in a dict": (lambda: {"a": [pydantic.SecretBytes(b"x")]}, r"a\[0\]: a SecretBytes"),
    "secret in a model in a dict": (lambda: {"a": Secret(password="x")}, "password: a SecretStr"),
    "secret in anything": (lambda: Blob(pydantic.SecretStr("x")), "data: a SecretStr"),
    "excluded field": (lambda: Dropped(gone=1), "gone: 1 would arrive as 0"),
    "alias nobody reads": (lambda: TwoNames(**{"in": 1}), "in: Field required"),
    "subclass": (lambda: Holder(base=Child()), "base: Child.* would arrive as Base"),
    "private attribute": (hidden, "_seen"),
    "wrong type": (lambda: Plain(by_number={}, by_id={}, pair=(1, 2)), r"pair\[1\]: Expected `str`"),  # type: ignore[arg-type]
    "constraint": (lambda: msgspec.defstruct("Few", [("n", Annotated[int, msgspec.Meta(gt=0)])])(-1), "n: Expected `int` >= 1"),
    "nan": (lambda: Unequal(math.nan), "number: Expected `float`"),
    "tuple in anything": (lambda: Plain({}, {}, anything=(1,)), r"anything: \(1,\) would arrive as \[1\]"),
    "key in anything": (lambda: Plain({}, {}, anything={1: 2}), "anything.*1"),
    "uuid in anything": (lambda: Plain({}, {}, anything=uuid.UUID(int=1)), "anything: UUID.* would arrive as '0000"),
    "object": (lambda: Plain({}, {}, anything=object()), "anything: .*object"),
    "nan in a dict": (lambda: {"a": [1, math.nan]}, r"a\[1\]"),
    "object in a dict": (lambda: {"a": {"b": object()}}, "a.b: object cannot be written as JSON"),
    "key that is true": (lambda: {"a": {True: 1}}, "a: the key True"),
    "key that is None": (lambda: {None: 1}, "the key None"),
    "key that is a tuple": (lambda: {"x": [{(1, 2): 1}]}, r"x\[0\]: the key \(1, 2\)"),
    "two keys of one text": (lambda: {1: 1, "1": 2}, "two keys become the same JSON key '1'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_not_arrive_is_refused_with_its_field(name: str) -> None:
    make, says = REFUSED[name]
    with pytest.raises(InvalidValue, match=says):
        prepare(make(), None)


class Written(TypedDict):
    by_number: dict[int, Colour]
    pair: tuple[int, Size]
    when: datetime.date


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (dict[int, int], {1: 2}),
        (dict[uuid.UUID, int], {uuid.UUID(int=1): 2}),
        (dict[datetime.date, decimal.Decimal], {datetime.date(2026, 1, 1): decimal.Decimal("1.50")}),
        (dict[Colour, int], {Colour.RED: 1}),
        (tuple[int, str], (1, "a")),
        (set[int], {1, 2}),
        (Colour, Colour.RED),
        (Size, Size.BIG),
        (Literal["a", 1], "a"),
        (int, 2**63 - 1),
        (Written, {"by_number": {1: Colour.RED}, "pair": (1, Size.BIG), "when": datetime.date(2026, 1, 1)}),
        (list[Annotated[int, msgspec.Meta(gt=0)]], [1]),
    ],
)
def test_what_has_no_class_of_its_own_arrives_where_its_type_is_declared(kind: Any, sent: Any) -> None:
    if kind == Literal["a", 1]:
        sent = ["a", 1]
        kind = list[kind]
    assert received(kind, prepare(sent, None).body) == sent


@dataclasses.dataclass
class Generics(Generic[T]):
    item: T


def test_a_generic_payload_is_sent_as_it_is() -> None:
    body = prepare(Generics(Line("a")), None).body
    assert received(Generics[Line], body) == Generics(Line("a"))


@pytest.mark.parametrize("payload", [{"a": None, "b": [1, 2.5, "x", True]}, [], "text", b"\x00", {"a": {1, 2}}])
def test_a_plain_payload_is_plain_json(payload: Any) -> None:
    made = prepare(payload, None)
    assert made.json == (not isinstance(payload, (str, bytes)))
    assert made.body in (b'{"a":null,"b":[1,2.5,"x",true]}', b"[]", b"text", b"\x00", b'{"a":[1,2]}')
