"""Transactions: all writes of one partition, or none."""

# ruff: noqa: D102, PT012  (the name of a test is its sentence)

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from portable.conformance.guard import Unweakened
from portable.conformance.shared import unique
from portable.conformance.table_cases import PLAIN, SHELF, Store
from portable.errors import Conflict, InvalidValue, Throttled, TooLarge
from portable.persistence.query import field


class TransactionTests(Unweakened):
    """All or nothing."""

    def test_a_transaction_does_all_its_writes(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        rows.batch_write(puts=[{"owner": key, "name": name, "n": 1} for name in ("a", "b", "c", "d")])
        with rows.transaction(key) as writes:
            writes.put({"owner": key, "name": "a", "n": 10})
            writes.put({"owner": key, "name": "new"}, if_absent=True)
            writes.update("b", add={"n": 5}, condition=field("n") == 1)
            writes.update("made", set={"x": [1]})
            writes.update("touched")
            writes.delete("c", condition=field("n") >= 1)
            writes.delete("never")
            writes.require("d", field("n") == 1)
            writes.require("nobody", condition=~field("owner").exists())
        found = {row["name"]: row for row in rows.query(key)}
        assert sorted(found) == ["a", "b", "d", "made", "new", "touched"]
        assert (found["a"]["n"], found["b"]["n"], found["made"]["x"]) == (10, 6, [1])

    @pytest.mark.parametrize("failing", ["put", "update", "delete", "require", "require missing"])
    def test_one_false_condition_undoes_all_and_names_the_row(self, store: Store, failing: str) -> None:
        rows, key = store.client(SHELF), unique()
        rows.put({"owner": key, "name": "there", "n": 1})
        with pytest.raises(Conflict, match="there"), rows.transaction(key) as writes:
            writes.put({"owner": key, "name": "other"})
            if failing == "put":
                writes.put({"owner": key, "name": "there"}, if_absent=True)
            elif failing == "update":
                writes.update("there", set={"n": 2}, condition=field("n") > 1)
            elif failing == "delete":
                writes.delete("there", condition=~(field("n") == 1))
            elif failing == "require":
                writes.require("there", field("n") == 2)
            else:
                writes.require("there", ~field("owner").exists())
            writes.delete("last")
        assert rows.query(key).items == [{"owner": key, "name": "there", "n": 1}]

    def test_an_error_in_the_block_writes_nothing(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        with pytest.raises(RuntimeError), rows.transaction(key) as writes:
            writes.put({"owner": key, "name": "a"})
            raise RuntimeError
        assert rows.query(key).items == []
        with rows.transaction(key):
            pass

    def test_a_hundred_writes_fit_and_one_more_does_not(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()
        with rows.transaction(key) as writes:
            for number in range(100):
                writes.put({"owner": key, "name": f"{number:03}"})
        assert len(rows.query(key).items) == 100
        with pytest.raises(TooLarge, match="100"), rows.transaction(key) as writes:
            for number in range(101):
                writes.delete(f"{number:03}")
        assert len(rows.query(key).items) == 100

    def test_a_transaction_stays_in_its_partition(self, store: Store) -> None:
        rows, plain, key = store.client(SHELF), store.client(PLAIN), unique()
        with pytest.raises(InvalidValue, match="owner"), rows.transaction(key) as writes:
            writes.put({"owner": key + "x", "name": "a"})
        with pytest.raises(InvalidValue, match="two writes"), rows.transaction(key) as writes:
            writes.update("a", add={"n": 1})
            writes.update("a", add={"n": 1})
        with plain.transaction(key) as single:
            single.update(add={"n": 1})
        assert plain.get(key, consistent=True)["n"] == 1

    def test_transactions_of_many_writers_do_not_mix(self, store: Store) -> None:
        rows, key = store.client(SHELF), unique()

        def move(number: int, *, again: bool = True) -> None:
            try:
                with rows.transaction(key) as writes:
                    writes.update("left", add={"n": number})
                    writes.update("right", add={"n": -number})
            except Throttled:  # overtaken until its deadline, on a machine that is busy: it has written nothing
                if not again:
                    raise
                move(number, again=False)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(move, range(1, 13)))
        assert [row["n"] for row in rows.query(key)] == [78, -78]
