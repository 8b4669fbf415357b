"""Rows as texts: what is shown can be saved again, and nothing changes on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.errors import Conflict, InvalidInput, NotFound
from portable.persistence.clients import TableReader
from portable.persistence.memory import MemoryTable
from portable.persistence.query import matches
from portable.persistence.shape import Shape
from portable.persistence.table import Index, Key, Table
from portable.tooling.app.kinds.table import facts
from portable.tooling.app.model import AppModel, ResourceModel
from portable.tooling.app.resources import options
from portable.tooling.dev.stored.conditions import condition
from portable.tooling.dev.stored.rows import Rows, marked, plain_table, row_text, unmarked

PLAIN = Table("things", key="id", sort=Key("at", datetime), indexes=(Index("by_size", Key("size", int)),))
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass
class Order:
    customer: str
    number: int
    placed: datetime
    total: Decimal
    data: bytes = b""


ORDERS = Table("orders", row=Order, key="customer", sort="number")
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=6,
)


@examples(40)
@given(VALUES)
def test_an_untyped_row_is_the_same_after_it_was_saved(value: Any) -> None:
    row = {"id": "a", "at": AT, "value": value}
    assert Rows(PLAIN).parse(row_text(row, typed=False)) == row


def test_a_typed_row_is_the_same_after_it_was_saved() -> None:
    order = Order("ada", 3, AT, Decimal("12.50"), b"\x00\xff")
    _, stored = Shape(ORDERS).row(order)
    assert Rows(ORDERS).parse(row_text(stored, typed=True)) == order


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"customer": "a"}', '{"customer": 1, "number": 2}'])
def test_a_text_that_is_no_row_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Rows(ORDERS).parse(text)


@pytest.mark.parametrize("mark", ['{"$at": 5}', '{"$at": "soon"}', '{"$base64": 3}', '{"$decimal": "x"}'])
def test_a_mark_of_what_is_no_such_value_is_refused_and_compared_as_a_text(mark: str) -> None:
    with pytest.raises(InvalidInput):
        Rows(PLAIN).parse(f'{{"id": "a", "at": "2026-01-31T12:00:00Z", "x": {mark}}}')
    assert matches(condition("x", "==", mark), {"x": mark})


def test_a_key_is_found_again_by_what_the_address_says() -> None:
    rows = Rows(PLAIN)
    told = rows.key_text({"id": "a/b?c", "at": AT})
    assert rows.pair(told["key"], told["sort"]) == ("a/b?c", AT)
    assert Rows(ORDERS).pair("ada", "3") == ("ada", 3)


def test_what_cannot_be_a_key_is_not_found() -> None:
    with pytest.raises(NotFound, match="number"):
        Rows(ORDERS).pair("ada", "three")


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("==", "3", True),
        ("==", '"3"', False),
        ("!=", "3", False),
        (">", "2", True),
        ("<=", "2", False),
        ("has", "", True),
    ],
)
def test_a_filter_compares_a_field(operator: str, value: str, holds: bool) -> None:
    assert matches(condition("count", operator, value), {"count": 3}) is holds


def test_a_filter_without_a_field_keeps_all_rows_and_an_unknown_operator_is_refused() -> None:
    assert condition("", "==", "x") is None
    assert matches(condition("name", "==", "ada"), {"name": "ada"})
    with pytest.raises(InvalidInput):
        condition("name", "like", "a")


def test_a_moment_is_compared_in_the_form_that_rows_are_shown_in() -> None:
    asked = condition("at", "<", '{"$at": "2026-02-01T00:00:00Z"}')
    assert matches(asked, {"at": AT})
    assert not matches(asked, {"at": AT + timedelta(days=1)})


@pytest.mark.parametrize(
    ("value", "stored", "holds"),
    [
        ("978", "978", True),  # a text that looks like a number
        ("978", 978, True),
        ('"978"', 978, False),
        ("2.5", Decimal("2.5"), True),
        ("True", True, True),
        ("null", None, True),
        ("null", "nothing", False),
        (AT.isoformat(), AT, True),
        ("2026-01-31", "2026-01-31", True),
        ("ada & co", "ada & co", True),
    ],
)
def test_a_value_is_compared_as_what_it_may_mean(value: str, stored: Any, holds: bool) -> None:
    assert matches(condition("a", "==", value), {"a": stored}) is holds
    assert matches(condition("a", "!=", value), {"a": stored}) is not holds


def test_a_table_is_known_from_the_model_of_its_app() -> None:
    models = tuple(ResourceModel("table", table.name, {**options(table), **facts(table)}) for table in (PLAIN, ORDERS))
    app = AppModel("shop", (), models, ())
    assert plain_table(app, "things") == (Rows(PLAIN).plain, False)
    assert plain_table(app, ORDERS.name) == (Rows(ORDERS).plain, True)
    with pytest.raises(NotFound, match=f"the app shop has no table nope: it has things, {ORDERS.name}"):
        plain_table(app, "nope")


def test_a_field_that_the_row_type_does_not_have_is_refused_and_not_lost() -> None:
    text = (
        '{"customer": "ada", "number": 3, "placed": "2026-01-31T13:00:00+01:00", "total": "1", "data": "", "gift": 1}'
    )
    with pytest.raises(InvalidInput, match=r"^gift: rows of .* have no such field; they have customer, number, "):
        Rows(ORDERS).as_stored(text)


def test_a_row_that_fits_its_type_is_stored_without_the_type() -> None:
    text = '{"customer": "ada", "number": 3, "placed": "2026-01-31T13:00:00+01:00", "total": "12.50", "data": "AP8="}'
    stored = Rows(ORDERS).as_stored(text)
    assert unmarked(json.loads(json.dumps(marked(stored)))) == stored
    driver = MemoryTable(ORDERS)
    rows = Rows(Rows(ORDERS).plain)
    drivers: Any = Only(driver)
    rows.put_stored(drivers, unmarked(marked(stored)), if_absent=True)
    assert TableReader[Order](ORDERS, drivers).get("ada", 3) == Order("ada", 3, AT, Decimal("12.50"), b"\x00\xff")
    with pytest.raises(Conflict, match="has this row already, and it was not replaced"):
        rows.put_stored(drivers, stored, if_absent=True)
    rows.put_stored(drivers, {**stored, "total": Decimal(7)}, if_absent=False)
    assert TableReader[Order](ORDERS, drivers).get("ada", 3).total == 7
    assert rows.named(stored) == "ada 3"


class Only:
    """Drivers of one table."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def of(self, resource: Any) -> Any:
        return self._driver
