"""Typed rows: every write is checked first, and a stored row that does not fit its type does not stop a scan."""

# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field as dc_field
from decimal import Decimal
from typing import Any

import pytest

from portable.conformance.guard import Unweakened
from portable.conformance.shared import unique
from portable.conformance.table_cases import TYPED, Item, Store
from portable.errors import Conflict, InvalidRow, InvalidValue, Throttled
from portable.persistence.query import field
from portable.persistence.table import Table
from portable.persistence.writes import Put
from portable.testing.paging import every_item


@dataclass
class Span:
    """A row whose fields have a rule together."""

    id: str
    low: int = 0
    high: int = 9
    notes: list[str] = dc_field(default_factory=list)
    price: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


SPANS = Table(TYPED.name, row=Span, key="id")
"""The table of TYPED with another row type."""


class TypedTests(Unweakened):
    """What a table with a row type promises in addition."""

    def test_an_update_makes_no_row_that_lacks_a_required_field(self, store: Store) -> None:
        rows, key = store.client(TYPED), unique()
        with pytest.raises(Conflict, match="cannot be created without price"):
            rows.update(key, set={"stock": 1})
        with pytest.raises(Conflict), rows.transaction(key) as writes:
            writes.update(set={"stock": 1})
        assert rows.get(key, default=None, consistent=True) is None
        assert rows.update(key, set={"price": Decimal(1)}, add={"stock": 2}) == Item(key, Decimal(1), [], None, 2)
        assert rows.update(key, add={"stock": 1}).stock == 3

    def test_a_removed_field_reads_back_as_its_default(self, store: Store) -> None:
        rows, key = store.client(TYPED), unique()
        rows.put(Item(key, Decimal(1), ["a"], key, 5))
        assert rows.update(key, remove=["tags", "stock", "group"]) == Item(key, Decimal(1))
        with pytest.raises(InvalidValue, match="price"):
            rows.update(key, remove=["price"])
        assert rows.get(key, consistent=True) == Item(key, Decimal(1))

    def test_every_way_to_write_a_row_checks_it(self, store: Store) -> None:
        rows, key = store.client(TYPED), unique()
        wrong = Item(key, Decimal(1), stock="many")  # type: ignore[arg-type]
        with pytest.raises(InvalidValue, match="stock"):
            rows.put(wrong)
        with pytest.raises(InvalidValue, match="stock"):
            rows.batch_write([Item(unique(), Decimal(1)), wrong])
        with pytest.raises(InvalidValue, match="stock"), rows.transaction(key) as writes:
            writes.put(wrong)
        changes: list[dict[str, Any]] = [
            {"set": {"tags": [1]}},
            {"append": {"tags": 1}},
            {"add": {"tags": 1}},
            {"append": {"stock": 1}},
        ]
        for change in changes:
            with pytest.raises(InvalidValue, match=r"tags|stock"):
                rows.update(key, **change)
        assert rows.get(key, default=None, consistent=True) is None

    def test_an_update_that_breaks_a_rule_between_fields_is_not_made(self, store: Store) -> None:
        rows, key = store.client(SPANS), unique()
        with pytest.raises(InvalidValue, match="low is above high"):
            rows.update(key, set={"low": 10})
        assert rows.get(key, default=None, consistent=True) is None
        assert rows.update(key, set={"low": 3}, append={"notes": "a"}) == Span(key, 3, 9, ["a"])
        changes: list[dict[str, Any]] = [
            {"set": {"high": 2}},
            {"add": {"low": 7}},
            {"set": {"low": 5, "high": 4}},
        ]
        for change in changes:
            with pytest.raises(InvalidValue, match="low is above high"):
                rows.update(key, **change)
            with pytest.raises(InvalidValue, match="low is above high"), rows.transaction(key) as writes:
                writes.update(**change)
        assert rows.get(key, consistent=True) == Span(key, 3, 9, ["a"])
        with pytest.raises(Conflict):
            rows.update(key, set={"low": 1}, condition=field("high") == 1)
        assert rows.update(key, set={"low": 9}, remove=["notes"], condition=field("low") == 3) == Span(key, 9)
        with rows.transaction(key) as writes:
            writes.update(set={"high": 20}, add={"low": 2}, append={"notes": ["b", "c"]})
        assert rows.get(key, consistent=True) == Span(key, 11, 20, ["b", "c"])

    def test_a_rule_between_fields_holds_against_writers_at_once(self, store: Store) -> None:
        rows, key = store.client(SPANS), unique()
        rows.put(Span(key, 0, 9))

        def change(number: int) -> None:
            with suppress(InvalidValue, Throttled):
                rows.update(key, add={"low": 4} if number % 2 else {"high": -4})

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(change, range(8)))
        found = rows.get(key, consistent=True)
        assert 0 <= found.high - found.low < 4

    def test_a_row_that_does_not_fit_is_named_and_stops_no_scan(self, store: Store) -> None:
        rows, key = store.client(TYPED), unique()
        rows.put(Item(key, Decimal(1), group=key))
        poison = unique()
        store.open(TYPED).put(Put((poison, None), None, {"id": poison, "price": "much", "group": key}))
        mine = field("group") == key
        try:
            for read in (lambda: rows.get(poison), lambda: rows.batch_get([poison])):
                with pytest.raises(InvalidRow, match=f"{TYPED.name}.*{poison}.*price") as named:
                    read()
                assert (named.value.table, named.value.key) == (TYPED.name, (poison, None))
            found, page, raised = [], None, 0
            while True:
                try:
                    answer = rows.scan(filter=mine, page=page)
                except InvalidRow as error:
                    raised, answer = raised + 1, error.page
                found += answer.items
                page = answer.next
                if page is None:
                    break
            assert (found, raised) == ([Item(key, Decimal(1), group=key)], 1)
            skipping = every_item(lambda page: rows.scan(filter=mine, page=page, on_invalid="skip"))
            assert list(skipping) == found
        finally:
            rows.delete(poison)
