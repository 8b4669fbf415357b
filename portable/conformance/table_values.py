"""Rows come back as they were written. Values that not every store can keep are refused before the call."""

# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from portable.conformance.guard import Unweakened
from portable.conformance.shared import unique
from portable.conformance.table_cases import (
    NUMBERS,
    PLAIN,
    SHELF,
    TIMES,
    TYPED,
    Item,
    Store,
    key_texts,
    texts,
    values,
)
from portable.errors import DeclarationError, InvalidKey, InvalidValue, NotFound, TooLarge, UnsupportedError
from portable.persistence.query import same


class ValueTests(Unweakened):
    """Identity of values and keys."""

    def test_every_value_comes_back_equal(self, store: Store) -> None:
        rows = store.client(PLAIN)

        @store.settings
        @given(values)
        def check(value: Any) -> None:
            key = unique()
            rows.put({"id": key, "value": value})
            found = rows.get(key, consistent=True)
            assert found == {"id": key, "value": value}
            assert same(found["value"], value)

        check()

    def test_every_field_name_comes_back(self, store: Store) -> None:
        rows = store.client(PLAIN)

        @store.settings
        @given(texts)
        def check(name: str) -> None:
            key = unique()
            row = {name: 1, "id": key, "nested": {name: 2}, "ttl": "mine", "row": 3, "pk": 4, "_etag": 5}
            row["zero"] = -0.0
            rows.put(row)
            found = rows.get(key, consistent=True)
            assert not str(found["zero"]).startswith("-"), "a row has one zero"
            assert found == row
            assert list(found) == ["id", *sorted({*row} - {"id"})], "the key first, and then by name in every store"

        check()

    def test_every_text_key_finds_its_row_and_no_other(self, store: Store) -> None:
        rows = store.client(SHELF)

        @store.settings
        @given(key_texts, key_texts)
        def check(owner: str, name: str) -> None:
            owner = (unique() + owner) if len(owner.encode()) < 200 else owner
            rows.put({"owner": owner, "name": name})
            assert rows.get(owner, name, consistent=True) == {"owner": owner, "name": name}
            assert rows.get(owner, name + "x", default=None) is None
            rows.delete(owner, name)
            assert rows.get(owner, name, default=None, consistent=True) is None

        check()

    @pytest.mark.parametrize(
        "name", ["a/b", ".", "..", "__x__", "a#b?c", "back\\slash", "%2F", " ", "x" * 255, "@", "é€😀"]
    )
    def test_a_key_that_some_store_reserves_works(self, store: Store, name: str) -> None:
        rows, plain = store.client(SHELF), store.client(PLAIN)
        owner = unique()
        rows.put({"owner": owner, "name": name, "n": 1})
        assert rows.get(owner, name, consistent=True)["n"] == 1
        plain.put({"id": name, "n": 2})
        assert plain.get(name, consistent=True)["n"] == 2
        plain.delete(name)

    def test_keys_of_each_type_come_back(self, store: Store) -> None:
        rows = store.client(NUMBERS)
        for number in (0, -1, 2**53 - 1, -(2**53) + 1):
            rows.put({"n": number, "m": number, "v": "x"})
            assert rows.get(number, number, consistent=True) == {"n": number, "m": number, "v": "x"}
            rows.delete(number, number)
        times, day = store.client(TIMES), unique()
        for at in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)):
            times.put({"day": day, "at": at})
            assert times.get(day, at, consistent=True) == {"day": day, "at": at}

    def test_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        at = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
        rows.put({"id": key, "at": at})
        found = rows.get(key, consistent=True)["at"]
        assert found == at
        assert found.utcoffset() == timedelta(0)

    def test_a_row_of_16_levels_and_of_nearly_390_kib_is_kept(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        deep: Any = "leaf"
        for level in range(16):
            deep = [deep] if level % 2 else {"x": deep}
        lists: Any = 1
        for _ in range(16):
            lists = [lists]
        rows.put({"id": key, "deep": deep, "lists": lists})
        assert rows.get(key, consistent=True)["deep"] == deep
        assert rows.get(key, consistent=True)["lists"] == lists
        for large in ("x" * 390_000, b"x" * 390_000, [1] * 40_000):
            rows.put({"id": key, "large": large})
            assert rows.get(key, consistent=True)["large"] == large
        rows.delete(key)

    @pytest.mark.parametrize(
        ("value", "error"),
        [
            (float("nan"), InvalidValue),
            (float("inf"), InvalidValue),
            (10**38, InvalidValue),
            (datetime(2026, 1, 1), InvalidValue),
            (Decimal(1), InvalidValue),
            ({1, 2}, InvalidValue),
            ((1, 2), InvalidValue),
            (object(), InvalidValue),
            ({1: 2}, InvalidValue),
            ("\ud800", InvalidValue),
            ([[[float("nan")]]], InvalidValue),
            ("x" * 400_000, TooLarge),
        ],
    )
    def test_a_value_that_some_store_cannot_keep_is_refused_with_its_field(
        self, store: Store, value: Any, error: type[Exception]
    ) -> None:
        rows, key = store.client(PLAIN), unique()
        with pytest.raises(error, match="odd_field"):
            rows.put({"id": key, "odd_field": value})
        with pytest.raises(error, match="odd_field"):
            rows.update(key, set={"odd_field": value})
        assert rows.get(key, default=None) is None

    def test_a_key_that_some_store_cannot_keep_is_refused_with_its_field(self, store: Store) -> None:
        plain, numbers, times = store.client(PLAIN), store.client(NUMBERS), store.client(TIMES)
        for key in ("", "x" * 256, "é" * 128, 1, None, b"x", "\ud800"):
            with pytest.raises(InvalidKey, match="id"):
                plain.get(key)  # type: ignore[arg-type]
            with pytest.raises(InvalidKey, match="id"):
                plain.put({"id": key})
        for number in (2**53, True, 1.0, "1"):
            with pytest.raises(InvalidKey, match="m"):
                numbers.put({"n": 1, "m": number})
        with pytest.raises(InvalidKey, match="at"):
            times.put({"day": "x", "at": datetime(2026, 1, 1)})
        with pytest.raises(InvalidKey, match="id"):
            plain.put({"name": "no key"})
        with pytest.raises(DeclarationError, match="sort"):
            plain.get("x", "y")

    def test_typed_rows_come_back_as_their_type(self, store: Store) -> None:
        rows, key = store.client(TYPED), unique()
        item = Item(key, Decimal("12345678901234567890.12"), ["a"], None, 3)
        rows.put(item)
        assert rows.get(key, consistent=True) == item
        assert rows.update(key, add={"price": Decimal("0.88"), "stock": -1}, set={"group": key}) == Item(
            key, Decimal("12345678901234567891.00"), ["a"], key, 2
        )
        assert rows.query(key, index="by_group").items in ([], [rows.get(key)])
        with pytest.raises(InvalidValue, match="stock"):
            rows.update(key, set={"stock": "many"})
        with pytest.raises(InvalidValue, match="price"):
            rows.put({"id": key})

    def test_the_stores_own_client_is_handed_out(self, store: Store) -> None:
        rows = store.client(PLAIN)
        assert isinstance(rows.unwrap(store.native), store.native)
        with pytest.raises(UnsupportedError, match="memoryview"):
            rows.unwrap(memoryview)

    def test_a_missing_row_is_not_found_unless_a_default_is_given(self, store: Store) -> None:
        rows = store.client(PLAIN)
        with pytest.raises(NotFound) as raised:
            rows.get(unique())
        assert isinstance(raised.value, LookupError)
        assert rows.get(unique(), default=None) is None
        assert rows.get(unique(), default=5, consistent=True) == 5
