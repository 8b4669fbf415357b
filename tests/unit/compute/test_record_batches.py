"""Functions that take a list of records: what they return, raise, or cannot decode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from unit.compute.test_records import Buried, bury_into, context, deliver_until_done, ids, record

from portable.compute.consume import Consumer
from portable.compute.context import Context
from portable.compute.ledger import Ledger
from portable.compute.records import consume_records
from portable.eventing.payload import json_value


class Whole:
    """Handlers of whole batches; `says` is what each returns or raises, by the number of its call."""

    def __init__(self, *says: Any) -> None:
        self.says = list(says)
        self.seen: list[list[tuple[str, int | None]]] = []

    def __call__(self, batch: Any, given: Context) -> Any:
        self.seen.append([(found.id, found.attempt) for found in batch])
        said = self.says.pop(0) if self.says else None
        if isinstance(said, Exception):
            raise said
        return said


def test_a_batch_that_returns_nothing_is_handled() -> None:
    handler = Whole()
    assert consume_records(Consumer("work", handler), [record("1"), record("2")], context(), Ledger(), True) == []
    assert handler.seen == [[("1", 1), ("2", 1)]]


@pytest.mark.parametrize("form", [lambda own: own, lambda own: record(own)])
def test_a_batch_returns_the_records_that_failed_or_their_ids(form: Callable[[str], Any]) -> None:
    handler = Whole([form("b1")], iter([form("b1")]))
    buried: Buried = []
    records = [record("a1", "a"), record("b1", "b"), record("b2", "b"), record("c1", "c")]
    consumer = Consumer("work", handler, 2, bury_into(buried), True)
    left = deliver_until_done(consumer, records, Ledger(), whole=True)
    # b2 was handled, but b1 comes again, and b2 must come after it
    assert left == [["b1", "b2"], []]
    assert handler.seen == [[("a1", 1), ("b1", 1), ("b2", 1), ("c1", 1)], [("b1", 2), ("b2", 1)]]
    assert buried == [("b1", 2, "RuntimeError")]


def test_a_batch_that_raises_failed_as_a_whole() -> None:
    buried: Buried = []
    handler = Whole(KeyError("k"), KeyError("k"))
    left = deliver_until_done(
        Consumer("work", handler, 2, bury_into(buried)), [record("1", "a"), record("2", "b")], Ledger(), whole=True
    )
    assert left == [["1", "2"], []]
    assert buried == [("1", 2, "KeyError"), ("2", 2, "KeyError")]


@pytest.mark.parametrize("said", ["1", 1, {"1": 2}, ["no such id"], [None]])
def test_a_batch_that_returns_something_else_is_not_taken_as_handled(said: Any) -> None:
    records = [record("1", "a"), record("2", "b")]
    assert ids(consume_records(Consumer("work", Whole(said)), records, context(), Ledger(), True)) == ["1", "2"]


def test_a_record_of_a_batch_that_does_not_decode_fails_alone() -> None:
    decode, got, buried = json_value(), [], []
    broken = [record("1", "a", b"{"), record("2", "b"), record("3", "a")]

    def handler(batch: Any, given: Context) -> None:
        got.append(ids(batch.decoded(decode)))

    left = deliver_until_done(Consumer("work", handler, 2, bury_into(buried)), broken, Ledger(), whole=True)
    assert left == [["1", "3"], []]
    assert got == [["2", "3"], ["3"]]
    assert buried == [("1", 2, "InvalidInput")]


def test_a_batch_of_which_nothing_decodes_is_not_handed_to_the_function() -> None:
    decode, got = json_value(), []

    def handler(batch: Any, given: Context) -> None:
        got.append(batch.decoded(decode))

    records = [record("1", "a", b"{"), record("2", "b", b"}")]
    assert ids(consume_records(Consumer("work", handler), records, context(), Ledger(), True)) == ["1", "2"]
    assert got == []
