"""Queries: order, ranges, pages that survive a restart, indexes, and filters that agree with conditions."""

# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.conformance.guard import Unweakened
from portable.conformance.shared import unique
from portable.conformance.table_cases import NUMBERS, ORDERS, PLAIN, SHELF, TIMES, Store, compared, key_texts
from portable.errors import Conflict, DeclarationError, InvalidKey, InvalidValue
from portable.persistence.query import Comparison, Condition, Exists, Not, field, matches, sort
from portable.testing.paging import every_item

START = datetime(2026, 1, 1, tzinfo=UTC)

leaves = st.one_of(
    st.builds(Exists, st.sampled_from(["a", "b", "name"])),
    st.builds(Comparison, st.sampled_from(["a", "b"]), st.sampled_from(["==", "<", "<=", ">", ">="]), compared),
    st.builds(Comparison, st.just("name"), st.sampled_from(["==", "<", ">="]), st.sampled_from(["row-1", "row-5", 1])),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
    ),
    max_leaves=4,
)


class QueryTests(Unweakened):
    """The rows of a query, their order, and its pages."""

    def test_a_query_finds_one_partition_in_the_order_of_its_sort(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        names = ["b", "a", "a/1", "Z", "~", "é", "\ue000", "😀", "a b", "10", "9"]
        rows.batch_write(puts=[{"owner": key, "name": name} for name in names] + [{"owner": key + "x", "name": "q"}])
        assert [row["name"] for row in rows.query(key)] == sorted(names)
        assert [row["name"] for row in rows.query(key, reverse=True)] == sorted(names, reverse=True)
        assert rows.query(unique()).items == []

    def test_text_sorts_by_code_point(self, store: Store) -> None:
        rows = store.client(SHELF)

        @store.settings
        @given(st.lists(key_texts, min_size=2, max_size=4, unique=True), key_texts)
        def check(names: list[str], bound: str) -> None:
            key = unique()
            rows.batch_write(puts=[{"owner": key, "name": name} for name in names])
            assert [row["name"] for row in rows.query(key)] == sorted(names)
            assert [row["name"] for row in rows.query(key, sort.ge(bound))] == sorted(n for n in names if n >= bound)
            begins = [n for n in names if n.startswith(bound[0])]
            assert [row["name"] for row in rows.query(key, sort.begins_with(bound[0]))] == sorted(begins)

        check()

    def test_each_range_of_the_sort_key(self, store: Store) -> None:
        rows, numbers, times, key = store.client(SHELF), store.client(NUMBERS), store.client(TIMES), unique()
        rows.batch_write(puts=[{"owner": key, "name": name} for name in ("a", "ab", "abc", "b", "c")])

        def names(condition: Any, *, reverse: bool = False) -> str:
            return " ".join(row["name"] for row in rows.query(key, condition, reverse=reverse))

        assert names(sort.eq("ab")) == names("ab") == "ab"
        assert names(sort.lt("ab")) == "a"
        assert names(sort.le("ab")) == "a ab"
        assert names(sort.gt("ab")) == "abc b c"
        assert names(sort.ge("ab")) == "ab abc b c"
        assert names(sort.between("ab", "b")) == "ab abc b"
        assert names(sort.between("b", "a")) == ""
        assert names(sort.begins_with("ab"), reverse=True) == "abc ab"
        assert names(sort.begins_with("")) == "a ab abc b c"
        number = int(unique()[:12], 16)
        numbers.batch_write(puts=[{"n": number, "m": m} for m in (-20, -3, 0, 5, 10)])
        assert [row["m"] for row in numbers.query(number)] == [-20, -3, 0, 5, 10]
        assert [row["m"] for row in numbers.query(number, sort.between(-3, 5), reverse=True)] == [5, 0, -3]
        times.batch_write(puts=[{"day": key, "at": START + timedelta(microseconds=n)} for n in range(4)])
        assert len(times.query(key, sort.gt(START)).items) == 3
        with pytest.raises(InvalidKey, match="begins_with"):
            numbers.query(number, sort.begins_with("1"))
        with pytest.raises(InvalidKey, match="name"):
            rows.query(key, sort.eq(5))

    def test_pages_follow_one_another_after_a_restart(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        names = [f"{n:03}" for n in range(23)]
        rows.batch_write(puts=[{"owner": key, "name": name, "n": int(name)} for name in names])
        for reverse in (False, True):
            for wanted in (None, field("n") >= 10):

                def ask(page: str | None, reverse: bool = reverse, wanted: Any = wanted) -> Any:
                    answer = store.client(SHELF).query(key, limit=5, page=page, reverse=reverse, filter=wanted)
                    assert len(answer.items) <= 5
                    return answer

                found = [row["name"] for row in every_item(ask)]
                expected = names if wanted is None else names[10:]
                assert found == (expected[::-1] if reverse else expected)

    def test_a_page_goes_on_when_the_row_it_ended_with_is_gone(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        rows.batch_write(puts=[{"owner": key, "name": f"{n}"} for n in range(6)])
        first = rows.query(key, limit=2)
        rows.batch_write(deletes=[(key, "1"), (key, "2")], puts=[{"owner": key, "name": "0a"}])
        second = rows.query(key, limit=10, page=first.next)
        assert [row["name"] for row in second] == ["3", "4", "5"]

    def test_a_limit_or_token_that_is_none_is_refused(self, store: Store) -> None:
        rows = store.client(SHELF)
        with pytest.raises(InvalidValue, match="limit"):
            rows.query("x", limit=0)
        with pytest.raises(InvalidValue, match="page"):
            rows.query("x", page="no token")

    def test_a_page_token_is_for_its_own_query_only(self, store: Store) -> None:
        rows, key = store.client(ORDERS), unique()
        rows.batch_write([{"customer": key, "order": f"{n}", "mail": key, "status": key} for n in range(4)])
        token = rows.query(key, limit=2).next
        assert token is not None
        assert len(rows.query(key, limit=1, page=token).items) == 1, "the limit may change from page to page"
        asks: list[Callable[[], object]] = [
            lambda: rows.query(unique(), page=token),
            lambda: rows.query(key, reverse=True, page=token),
            lambda: rows.query(key, sort.ge("1"), page=token),
            lambda: rows.query(key, filter=field("mail") == key, page=token),
            lambda: rows.query(key, index="by_mail", page=token),
            lambda: rows.query(key, index="by_status", page=token),
            lambda: rows.scan(page=token),
            lambda: store.client(SHELF).query(key, page=token),
            lambda: rows.query(key, page=token[:-1]),
            lambda: rows.query(key, page=""),
        ]
        for ask in asks:
            with pytest.raises(InvalidValue, match="page: this token does not belong to this query"):
                ask()

    def test_a_forged_token_is_refused_or_gives_a_page_of_the_same_query(self, store: Store) -> None:
        rows, key = store.client(ORDERS), unique()
        rows.batch_write([{"customer": key, "order": f"{n}", "mail": key, "status": key} for n in range(4)])
        token = rows.query(key, limit=2).next
        assert token is not None
        mark = token.rpartition(".")[2]  # it is the query's and no secret, so anybody can put it after another position
        for value in (1, None, True, [1], {"a": 1}, "", "x", "@n1", "@b!", "\u0000", "é", 1e400):
            for length in range(1, 5):
                position = urlsafe_b64encode(json.dumps([value] * length).encode()).decode().rstrip("=")
                with suppress(InvalidValue):
                    found = rows.query(key, limit=2, page=f"{position}.{mark}")
                    assert all(row["customer"] == key for row in found)

    def test_a_scan_meets_every_row_once(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.batch_write(puts=[{"id": f"{key}-{n}", "mine": key, "n": n} for n in range(30)])
        mine = field("mine") == key
        found = every_item(lambda page: store.client(PLAIN).scan(filter=mine, limit=7, page=page))
        assert sorted(row["n"] for row in found) == list(range(30))

    def test_an_index_finds_rows_by_other_fields(self, store: Store) -> None:
        rows, key = store.client(ORDERS), unique()
        rows.batch_write(
            puts=[
                {
                    "customer": f"{key}{n % 3}",
                    "order": f"{n}",
                    "status": key,
                    "placed_at": START + timedelta(days=n % 4),
                    "n": n,
                }
                for n in range(12)
            ]
            + [{"customer": key, "order": "no date", "status": key}, {"customer": key, "order": "none"}]
        )

        def found(**options: Any) -> list[int]:
            return [row["n"] for row in rows.query(key, index="by_status", **options)]

        eventually(store, lambda: len(found()) == 12)
        assert [n % 4 for n in found()] == sorted(n % 4 for n in range(12))
        assert [n % 4 for n in found(reverse=True)] == sorted((n % 4 for n in range(12)), reverse=True)
        assert sorted(found(sort=sort.ge(START + timedelta(days=3)))) == [3, 7, 11]
        assert sorted(found(filter=field("n") > 9)) == [10, 11]
        assert sorted(found(filter=field("status") == key)) == list(range(12))
        pages = every_item(lambda page: store.client(ORDERS).query(key, index="by_status", limit=5, page=page))
        assert sorted(row["n"] for row in pages) == list(range(12))
        with pytest.raises(DeclarationError, match="by_nothing"):
            rows.query(key, index="by_nothing")
        with pytest.raises(DeclarationError, match="sort"):
            rows.query(key, sort.eq("x"), index="by_mail")

    def test_an_index_follows_every_write(self, store: Store) -> None:
        rows, key = store.client(ORDERS), unique()
        rows.put({"customer": key, "order": "1", "region": key, "total": 5, "mail": key})
        eventually(store, lambda: [row["total"] for row in rows.query(key, index="by_total")] == [5])
        eventually(store, lambda: len(rows.query(key, index="by_mail").items) == 1)
        rows.update(key, "1", add={"total": 2})
        eventually(store, lambda: len(rows.query(key, sort.eq(7), index="by_total").items) == 1)
        rows.update(key, "1", remove=["region"], set={"mail": key + "b"})
        eventually(store, lambda: rows.query(key, index="by_total").items == [])
        eventually(store, lambda: len(rows.query(key + "b", index="by_mail").items) == 1)
        with rows.transaction(key) as writes:
            writes.update("1", set={"region": key})
        eventually(store, lambda: len(rows.query(key, index="by_total").items) == 1)
        rows.delete(key, "1")
        eventually(store, lambda: rows.query(key + "b", index="by_mail").items == [])

    def test_filters_and_conditions_have_one_truth(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        stored: dict[str, dict[str, Any]] = {}

        @store.settings
        @given(st.lists(st.fixed_dictionaries({}, optional={"a": compared, "b": compared}), min_size=8, max_size=8))
        def fill(fields: list[dict[str, Any]]) -> None:
            for number, values in enumerate(fields):
                name = f"row-{(len(stored) + number) % 40}"
                stored[name] = {"owner": key, "name": name, **values}

        fill()
        rows.batch_write(puts=list(stored.values()))

        @store.settings
        @given(conditions)
        def check(condition: Condition) -> None:
            expected = sorted(name for name, row in stored.items() if matches(condition, row))
            found = every_item(lambda page: rows.query(key, filter=condition, page=page))
            assert [row["name"] for row in found] == expected
            for name in ("row-1", "row-2", "missing"):
                holds = matches(condition, stored.get(name, {}))
                assert _obeyed(rows, stored, key, name, condition) == ([holds] * 2 if name in stored else [holds])

        check()

    @pytest.mark.parametrize("stored", [{"n": 1}, {"n": 2}, {"n": "1"}, {"n": None}, {"n": True}, {}])
    def test_a_negated_condition_is_true_for_a_missing_or_other_field(
        self, store: Store, stored: dict[str, Any]
    ) -> None:
        rows, key = store.client(PLAIN), unique()
        row = {"id": key, **stored}
        rows.put(row)
        for condition in (field("n") != 1, ~(field("n") < 2), ~field("n").exists(), ~(field("n") == None)):  # noqa: E711
            assert allowed(lambda c=condition: rows.put(row, condition=c)) == matches(condition, row)  # type: ignore[misc]

    def test_a_scan_filters_by_key_fields_too(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        rows.put({"owner": key, "name": "x"})
        mine = field("owner") == key
        assert list(every_item(lambda page: rows.scan(filter=mine, limit=500, page=page))) == [
            {"owner": key, "name": "x"}
        ]


def _obeyed(rows: Any, stored: dict[str, Any], key: str, name: str, condition: Condition) -> list[bool]:
    if name not in stored:
        return [allowed(lambda: rows.delete(key, name, condition))]
    return [
        allowed(lambda: rows.put(stored[name], condition=condition)),
        allowed(lambda: rows.update(key, name, condition=condition)),
    ]


def allowed(write: Callable[[], object]) -> bool:
    """Return whether a conditional write was done."""
    try:
        write()
    except Conflict:
        return False
    return True


def eventually(store: Store, holds: Callable[[], bool]) -> None:
    """Wait until an index has followed. Fails after the store's `patience`."""
    end = time.monotonic() + store.patience
    while not holds():
        assert time.monotonic() < end, "the index did not follow"
        time.sleep(0.02)
