"""Writes: whole rows, changes of fields, conditions, batches, and parallel writers."""

# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portable.conformance.guard import Unweakened
from portable.conformance.shared import in_a_loop, unique
from portable.conformance.table_cases import ORDERS, PLAIN, SESSIONS, SHELF, Store
from portable.errors import Conflict, InvalidValue, Throttled
from portable.persistence.query import field
from portable.persistence.sliding import Count, Full, states
from portable.persistence.writes import Update
from portable.testing.paging import every_item


class WriteTests(Unweakened):
    """The effect of each write on a row."""

    def test_put_replaces_the_whole_row(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.put({"id": key, "a": 1, "b": 2})
        rows.put({"id": key, "a": 3})
        assert rows.get(key, consistent=True) == {"id": key, "a": 3}

    def test_a_row_is_the_callers_own(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        row: dict[str, Any] = {"id": key, "list": [1]}
        rows.put(row)
        row["list"].append(2)
        found = rows.get(key, consistent=True)
        assert found["list"] == [1]
        found["list"].append(3)
        assert rows.get(key, consistent=True)["list"] == [1]

    def test_put_if_absent_writes_once(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        rows.put({"owner": key, "name": "x", "n": 1}, if_absent=True)
        with pytest.raises(Conflict, match=key):
            rows.put({"owner": key, "name": "x", "n": 2}, if_absent=True)
        assert rows.get(key, "x", consistent=True)["n"] == 1

    def test_update_creates_a_missing_row(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        made = rows.update(key, "x", set={"a": 1}, add={"n": 2}, append={"log": ["first"]}, remove=["gone"])
        assert made == {"owner": key, "name": "x", "a": 1, "n": 2, "log": ["first"]}
        assert rows.get(key, "x", consistent=True) == made

    def test_update_of_nothing_creates_the_row_of_its_key(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        assert rows.update(key, "x") == {"owner": key, "name": "x"}
        assert rows.update(key, "x") == {"owner": key, "name": "x"}
        assert rows.get(key, "x", consistent=True) == {"owner": key, "name": "x"}

    def test_update_insists_on_a_row_when_its_condition_says_so(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        with pytest.raises(Conflict):
            rows.update(key, set={"a": 1}, condition=field("id").exists())
        assert rows.get(key, default=None, consistent=True) is None

    def test_update_changes_only_the_fields_it_names(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.put({"id": key, "keep": {"x": [1]}, "n": 5, "gone": 1, "log": [{"a": 1}], "status": "new", "a.b": 1})
        changed = rows.update(
            key,
            set={"status": None, "a.b": 2},
            remove=["gone", "never"],
            add={"n": -7, "m": 1},
            append={"log": ["z", 2]},
        )
        expected = {
            "id": key, "keep": {"x": [1]}, "n": -2, "m": 1, "log": [{"a": 1}, "z", 2], "status": None, "a.b": 2
        }  # fmt: skip
        assert changed == expected
        assert rows.get(key, consistent=True) == expected

    def test_append_takes_the_items_of_a_list_or_one_value(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.update(key, append={"log": "one"})
        assert rows.update(key, append={"log": ["two", "three"]})["log"] == ["one", "two", "three"]
        assert rows.update(key, append={"log": []})["log"] == ["one", "two", "three"]

    def test_add_counts_exactly(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.put({"id": key, "float": 0.1, "int": 2**53})
        row = rows.update(key, add={"float": 1, "int": 1})
        assert row["int"] == 2**53 + 1
        assert row["float"] == 1.1

    def test_add_counts_exactly_to_38_digits(self, store: Store) -> None:
        store.need("wide sums")
        rows, key = store.client(PLAIN), unique()
        rows.put({"id": key, "n": 10**37, "m": 10**38 - 1})
        assert rows.update(key, add={"n": 1})["n"] == 10**37 + 1
        with pytest.raises(Conflict):
            rows.update(key, add={"m": 1})

    @pytest.mark.parametrize("value", ["text", None, [1], True, {"x": 1}])
    def test_add_to_what_is_no_number_is_a_conflict(self, store: Store, value: Any) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.put({"id": key, "n": value})
        with pytest.raises(Conflict):
            rows.update(key, add={"n": 1}, set={"other": 1})
        assert rows.get(key, consistent=True) == {"id": key, "n": value}

    @pytest.mark.parametrize("value", ["text", None, 1, {"x": 1}])
    def test_append_to_what_is_no_list_is_a_conflict(self, store: Store, value: Any) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.put({"id": key, "log": value})
        with pytest.raises(Conflict):
            rows.update(key, append={"log": [1]})
        assert rows.get(key, consistent=True) == {"id": key, "log": value}

    def test_a_field_in_two_clauses_or_of_the_key_is_refused(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        with pytest.raises(ValueError, match="n: the field is in set and in add"):
            rows.update(key, "x", set={"n": 1}, add={"n": 1})
        with pytest.raises(ValueError, match="owner"):
            rows.update(key, "x", set={"owner": "other"})
        with pytest.raises(InvalidValue, match="n: add takes an int"):
            rows.update(key, "x", add={"n": 1.5})
        with pytest.raises(InvalidValue, match="remove"):
            rows.update(key, "x", remove="name")

    def test_a_rule_may_change_the_row_it_is_called_with(self, store: Store) -> None:
        """The row that is written is the one that the rule saw, whoever else writes: a limit of calls is never passed."""
        driver, key, now = store.open(PLAIN), unique(), 1_800_000_000_000

        def call(late: int) -> bool:
            try:
                row = driver.update(Update((key, None), set={"late": late}, rule=Count([(5, 60)], now + late)))
            except (Full, Throttled):
                return False
            return bool(states(row["calls"], [(5, 60)], now + late))

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(call, range(12))) == 5
        assert states(store.client(PLAIN).get(key, consistent=True)["calls"], [(5, 60)], now)[0][0] == 0
        assert call(60_011)

    def test_delete_of_a_missing_row_is_no_error_but_its_condition_counts(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.delete(key)
        with pytest.raises(Conflict):
            rows.delete(key, condition=field("n") == 1)
        rows.delete(key, condition=field("n") != 1)
        rows.put({"id": key, "n": 1})
        with pytest.raises(Conflict):
            rows.delete(key, condition=field("n") != 1)
        rows.delete(key, condition=field("n") == 1)
        assert rows.get(key, default=None, consistent=True) is None

    def test_an_index_field_takes_its_declared_type_only(self, store: Store) -> None:
        rows, key = store.client(ORDERS), unique()
        with pytest.raises(ValueError, match="total"):
            rows.put({"customer": key, "order": "1", "region": "x", "total": "5"})
        with pytest.raises(ValueError, match="status"):
            rows.put({"customer": key, "order": "1", "status": None})
        with pytest.raises(ValueError, match="status"):
            rows.update(key, "1", set={"status": 5})

    def test_batches_of_any_size_are_done_in_full(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        made: list[dict[str, Any]] = [{"owner": key, "name": f"{n:04}", "n": n} for n in range(230)]
        rows.batch_write(puts=made)
        assert rows.batch_get([(key, row["name"]) for row in made]) == made
        rows.batch_write(puts=[{"owner": key, "name": "new"}], deletes=[(key, f"{n:04}") for n in range(229)])
        assert [row["name"] for row in rows.query(key).items] == ["0229", "new"]
        assert rows.batch_get([(key, "0000"), (key, "new"), (key, "new")])[0] is None
        assert rows.batch_get([(key, "new"), (key, "new")]) == [{"owner": key, "name": "new"}] * 2
        with pytest.raises(InvalidValue, match="two writes"):
            rows.batch_write(puts=[{"owner": key, "name": "x"}], deletes=[(key, "x")])
        rows.batch_write()
        assert rows.batch_get([]) == []

    def test_an_expired_row_is_never_returned(self, store: Store) -> None:
        rows, key = store.client(SESSIONS), unique()
        past, future = datetime.now(UTC) - timedelta(seconds=2), datetime.now(UTC) + timedelta(hours=1)
        rows.put({"id": key, "ttl": past, "n": 1})
        rows.put({"id": key + "b", "ttl": future, "n": 1})
        rows.put({"id": key + "c", "ttl": int(past.timestamp()), "n": 1})
        rows.put({"id": key + "d", "ttl": None, "n": 1})
        keys = [key, key + "b", key + "c", key + "d"]
        assert [row and row["id"] for row in rows.batch_get(keys)] == [None, key + "b", None, key + "d"]
        assert rows.get(key, default=None, consistent=True) is None
        assert rows.query(key).items == []
        found = every_item(lambda page: rows.scan(filter=field("n") == 1, limit=500, page=page))
        assert sorted(row["id"] for row in found if row["id"].startswith(key)) == [key + "b", key + "d"]

    def test_an_expired_row_is_a_missing_row_to_every_write(self, store: Store) -> None:
        rows, key = store.client(SESSIONS), unique()
        past, future = datetime.now(UTC) - timedelta(seconds=2), datetime.now(UTC) + timedelta(hours=1)
        rows.put({"id": key, "ttl": past, "old": 1})
        with pytest.raises(Conflict):
            rows.delete(key, condition=field("old") == 1)
        rows.put({"id": key, "ttl": future, "n": 1}, if_absent=True)
        assert rows.get(key, consistent=True) == {"id": key, "ttl": future, "n": 1}
        rows.put({"id": key, "ttl": past, "old": 1})
        assert rows.update(key, set={"ttl": future}, add={"n": 1}) == {"id": key, "ttl": future, "n": 1}
        assert rows.update(key, remove=["ttl"]) == {"id": key, "n": 1}
        rows.put({"id": key, "ttl": past, "old": 1})
        with rows.transaction(key) as writes:
            writes.update(set={"ttl": future}, condition=~field("old").exists())
        assert rows.get(key, consistent=True) == {"id": key, "ttl": future}

    def test_of_two_writers_under_one_condition_one_wins(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        rows.put({"id": key, "owner": "", "n": 0})

        def claim(name: int) -> int:
            try:
                rows.update(key, set={"owner": f"{name}"}, condition=field("owner") == "")
            except Conflict:
                return 0
            return 1

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(claim, range(8))) == 1

    def test_no_addition_is_lost_among_many_writers(self, store: Store) -> None:
        rows, key = store.client(PLAIN), unique()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: rows.update(key, add={"n": 1}, append={"log": [n]}), range(24)))
        row = rows.get(key, consistent=True)
        assert row["n"] == 24
        assert sorted(row["log"]) == list(range(24))

    @in_a_loop
    async def test_the_asynchronous_twin_does_the_same(self, store: Store) -> None:
        rows, key = store.async_client(SHELF), unique()
        await asyncio.gather(*(rows.put({"owner": key, "name": f"{n:02}", "n": n}) for n in range(20)))
        found = await asyncio.gather(*(rows.get(key, f"{n:02}", consistent=True) for n in range(20)))
        assert [row["n"] for row in found] == list(range(20))
        assert (await rows.update(key, "00", add={"n": 5}))["n"] == 5
        async with rows.transaction(key) as writes:
            writes.delete("01")
            writes.put({"owner": key, "name": "02", "n": 99})
        await rows.batch_write(deletes=[(key, f"{n:02}") for n in range(5, 20)])
        await rows.delete(key, "03")
        page = await rows.query(key)
        assert [(row["name"], row["n"]) for row in page] == [("00", 5), ("02", 99), ("04", 4)]
        assert len((await rows.scan(limit=1)).items) <= 1
        assert await rows.batch_get([(key, "04")]) == [{"owner": key, "name": "04", "n": 4}]
