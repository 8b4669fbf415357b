"""An update of a typed row is checked by the rules of its fields before anything is written."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypedDict
from uuid import UUID

import annotated_types
import msgspec
import pydantic
import pydantic.dataclasses
import pytest

from portable.errors import Conflict, InvalidValue
from portable.persistence.query import field
from portable.persistence.table import Table
from portable.testing import memory


class Model(pydantic.BaseModel):
    id: str
    even: int = pydantic.Field(default=0, alias="isEven")
    code: UUID = UUID(int=0)
    tags: set[str] = set()
    few: list[int] = pydantic.Field(default=[], max_length=2)
    pair: tuple[int, ...] = ()
    price: Decimal = Decimal(0)
    secret: pydantic.SecretStr | None = None
    text: str = ""
    flag: bool = False
    ratio: float = 0.0
    stock: Annotated[int, annotated_types.Interval(ge=0, le=5)] = 0
    half: Annotated[int, pydantic.Field(multiple_of=2)] = 0
    at: datetime | None = None
    shown: int = 0

    @pydantic.field_validator("even")
    @classmethod
    def is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("odd")
        return value

    @pydantic.field_serializer("shown")
    def as_text(self, value: int) -> str:
        return f"{value}"


@pytest.fixture
def rows() -> Any:
    found: Any = memory(Table("models", row=Model, key="id"))
    found.put(Model(id="a"))
    return found


def test_a_field_is_validated_and_written_as_its_model_does(rows: Any) -> None:
    assert rows.update("a", set={"even": 4, "code": UUID(int=7), "tags": {"x"}, "pair": (1, 2)}).even == 4
    assert rows.update("a", set={"isEven": 6, "shown": 5, "at": datetime(2026, 1, 1, tzinfo=UTC)}).even == 6
    found = rows.get("a")
    assert (found.code, found.tags, found.pair, found.shown) == (UUID(int=7), {"x"}, (1, 2), 5)
    stored = rows._connect()._partitions["a"][None]
    assert (stored["isEven"], stored["shown"], stored["code"]) == (6, "5", str(UUID(int=7)))
    assert len(rows.scan(filter=field("even") == 6).items) == 1


REFUSED = {
    "validator": ({"set": {"even": 3}}, "even: .*odd"),
    "type": ({"set": {"code": "no uuid"}}, "code.*UUID"),
    "constraint": ({"set": {"few": [1, 2, 3]}}, "few.*at most 2 items"),
    "secret": ({"set": {"secret": pydantic.SecretStr("x")}}, "secret.*SecretStr"),
    "bound": ({"set": {"stock": 6}}, "stock.*less than or equal to 5"),
    "unknown": ({"set": {"nothing": 1}}, "nothing: Model has no field of this name"),
    "unknown removed": ({"remove": ["nothing"]}, "nothing: Model has no field of this name"),
    "unknown added": ({"add": {"nothing": 1}}, "nothing: Model has no field of this name"),
    "required removed": ({"remove": ["secret", "id"]}, "id: the key"),
    "add to text": ({"add": {"text": 1}}, "text: add of 1 needs"),
    "add to a flag": ({"add": {"flag": 1}}, "flag: add of 1 needs"),
    "add a Decimal to an int": ({"add": {"shown": Decimal(1)}}, r"shown: add of Decimal\('1'\) needs Decimal"),
    "add beside a validator": ({"add": {"even": 2}}, "isEven: add cannot check the rule"),
    "add beside multiple_of": ({"add": {"half": 1}}, "half: add cannot check the rule"),
    "append beside max_length": ({"append": {"few": 1}}, "few: append cannot check the rule"),
    "append to text": ({"append": {"text": "x"}}, "text: append needs a list"),
    "append a wrong item": ({"append": {"tags": 1}}, r"tags\[0\]: Expected `str`"),
    "append a wrong item to a tuple": ({"append": {"pair": ["x"]}}, r"pair\[0\]: Expected `int`"),
    "naive time": ({"set": {"at": datetime(2026, 1, 1)}}, "at: a datetime must have a time zone"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_change_that_would_not_fit_is_refused_before_it_is_made(rows: Any, name: str) -> None:
    change, says = REFUSED[name]
    with pytest.raises(InvalidValue, match=says):
        rows.update("a", **change)
    with pytest.raises(InvalidValue, match=says), rows.transaction("a") as writes:
        writes.update(**change)
    assert rows.get("a") == Model(id="a")


def test_what_fits_is_added_and_appended(rows: Any) -> None:
    changed = rows.update(
        "a", add={"price": Decimal("1.5"), "ratio": 2, "stock": 5}, append={"tags": ["x", "x"], "pair": [1, 2]}
    )
    assert (changed.price, changed.ratio, changed.stock) == (Decimal("1.5"), 2.0, 5)
    assert (changed.tags, changed.pair) == ({"x"}, (1, 2))
    with pytest.raises(Conflict, match="bounds"):
        rows.update("a", add={"stock": 1})
    assert rows.update("a", add={"stock": -5}).stock == 0


@dataclasses.dataclass
class Plain:
    id: str
    name: str
    n: Annotated[int, msgspec.Meta(ge=0)] = 0


@pydantic.dataclasses.dataclass
class Checked:
    id: str
    name: str
    n: Annotated[int, pydantic.Field(ge=0)] = 0


@dataclasses.dataclass
class WithField:
    id: str
    name: str
    n: Annotated[int, annotated_types.Ge(0)] = 0


class Struct(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    id: str
    name: str
    n: Annotated[int, msgspec.Meta(ge=0)] = 0


class Frozen(pydantic.BaseModel, frozen=True):
    id: str
    name: str
    n: int = pydantic.Field(default=0, ge=0)


class Dict(TypedDict):
    id: str
    name: str
    n: Annotated[int, msgspec.Meta(ge=0)]


@pytest.mark.parametrize("kind", [Plain, Checked, WithField, Struct, Frozen, Dict])
def test_every_kind_of_row_type_is_checked_alike(kind: Any) -> None:
    rows: Any = memory(Table("rows", row=kind, key="id"))
    for change in (
        {"set": {"n": -1}},
        {"set": {"n": "x"}},
        {"set": {"name": 5}},
        {"add": {"name": 1}},
        {"append": {"n": 1}},
    ):
        with pytest.raises(InvalidValue, match=r"^(n|name)\b"):
            rows.update("a", **change)
    with pytest.raises(InvalidValue):
        rows.put({"id": "a", "name": "x", "n": -1})
    with pytest.raises(Conflict, match="cannot be created without"):
        rows.update("a", set={"n": 1})
    with pytest.raises(InvalidValue, match="name: every row"):
        rows.update("a", remove=["name"])
    assert rows.scan().items == []
    made = rows.update("a", set={"name": "x"}, add={"n": 2})
    assert made == kind(id="a", name="x", n=2)
    with pytest.raises(Conflict, match="bounds"):
        rows.update("a", add={"n": -3})
    assert rows.get("a") == made


class Ordered(pydantic.BaseModel):
    id: str
    low: int = 0
    high: int = 9

    @pydantic.model_validator(mode="after")
    def in_order(self) -> Ordered:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


def test_an_update_that_breaks_a_rule_between_fields_is_not_made() -> None:
    rows: Any = memory(Table("ordered", row=Ordered, key="id"))
    with pytest.raises(InvalidValue, match="low is above high"):
        rows.put({"id": "a", "low": 10})
    rows.put(Ordered(id="a"))
    rows.put(Ordered(id="b"))
    assert rows.update("a", set={"low": 3}).low == 3
    with pytest.raises(InvalidValue, match="low is above high"):
        rows.update("a", set={"low": 10})
    assert rows.scan().items == [Ordered(id="a", low=3), Ordered(id="b")]
    with pytest.raises(InvalidValue, match="on_invalid"):
        rows.scan(on_invalid="ignore")


class Frozen(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)
    id: str
    n: int = 1

    @pydantic.field_validator("n")
    @classmethod
    def positive(cls, value: int) -> int:
        if value < 1:
            raise ValueError("n is not positive")
        return value


class Later(pydantic.BaseModel):
    id: str
    begin: int = 0
    end: int = 9

    @pydantic.field_validator("end")
    @classmethod
    def after(cls, value: int, info: pydantic.ValidationInfo) -> int:
        if value < info.data["begin"]:
            raise ValueError("n is not positive: it ends before it begins")
        return value


@pydantic.dataclasses.dataclass
class Checked:
    id: str
    n: int = 1

    @pydantic.field_validator("n")
    @classmethod
    def positive(cls, value: int) -> int:
        if value < 1:
            raise ValueError("n is not positive")
        return value


class Posted(msgspec.Struct):
    id: str
    n: int = 1

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError("n is not positive")


@pytest.mark.parametrize(
    ("kind", "change"),
    [(Frozen, {"n": 0}), (Later, {"end": -1}), (Later, {"begin": 10}), (Checked, {"n": 0}), (Posted, {"n": 0})],
)
def test_no_update_gets_past_code_of_a_row_type(kind: Any, change: dict[str, int]) -> None:
    rows: Any = memory(Table("ruled", row=kind, key="id"))
    rows.put(kind(id="a"))
    with pytest.raises(InvalidValue, match="n is not positive"):
        rows.update("a", set=change)
    assert rows.scan().items == [kind(id="a")]
