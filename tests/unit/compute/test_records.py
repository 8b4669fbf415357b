"""Records of streams: order by key, tries, dead letters, whole batches, and the end of a call's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.base.steps import do, do_async
from portable.compute.consume import Consumer
from portable.compute.context import Context
from portable.compute.ledger import Ledger
from portable.compute.records import (
    consume_records,
    consuming_records,
    finishing_records,
    pause_async,
)
from portable.eventing.payload import json_value
from portable.eventing.record import Record

CALL = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SENDER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
Buried = list[tuple[str, int, str | None]]


def context(seconds: float = 30) -> Context:
    return Context("r", "", time.time() + seconds, trace=CALL)


def record(own: str, key: str | None = "k", body: bytes = b"{}", attempt: int | None = None) -> Record[bytes]:
    return Record(own, body, key, own, None, attempt)


def bury_into(buried: Buried) -> Callable[[Any, int, BaseException | None], None]:
    def bury(found: Any, attempts: int, error: BaseException | None) -> None:
        buried.append((found.id, attempts, None if error is None else type(error).__name__))

    return bury


def ids(records: list[Record[bytes]]) -> list[str]:
    return [found.id for found in records]


def deliver_until_done(
    consumer: Consumer, records: list[Record[bytes]], ledger: Ledger, whole: bool = False
) -> list[list[str]]:
    """Deliver as Kinesis does: from the first record that is not finished on, finished ones included."""
    left: list[list[str]] = []
    waiting = records
    for _ in range(50):
        fresh = [record(found.id, found.key, found.payload) for found in waiting]
        unfinished = consume_records(consumer, fresh, context(), ledger, whole)
        left.append(ids(unfinished))
        if not unfinished:
            return left
        first = next(place for place, found in enumerate(records) if found.id == unfinished[0].id)
        waiting = records[first:]
    raise AssertionError("the records never end")


def test_a_failing_record_holds_back_its_key_and_no_other() -> None:
    calls: list[tuple[str, int | None]] = []
    buried: Buried = []

    def handler(found: Record[bytes], given: Context) -> None:
        calls.append((found.id, found.attempt))
        if found.id == "a1":
            raise KeyError("k")

    records = [record("a1", "a"), record("b1", "b"), record("a2", "a"), record("b2", "b")]
    left = deliver_until_done(Consumer("work", handler, 3, bury_into(buried), True), records, Ledger())
    assert left == [["a1", "a2"], ["a1", "a2"], []]
    assert calls == [("a1", 1), ("b1", 1), ("b2", 1), ("a1", 2), ("a1", 3), ("a2", 1)]
    assert buried == [("a1", 3, "KeyError")]


def test_records_without_a_key_hold_nothing_back() -> None:
    calls: list[str] = []

    def handler(found: Record[bytes], given: Context) -> None:
        calls.append(found.id)
        if found.id == "1":
            raise KeyError("k")

    unfinished = consume_records(Consumer("work", handler), [record("1", None), record("2", None)], context(), Ledger())
    assert (ids(unfinished), calls) == (["1"], ["1", "2"])


def test_the_count_of_the_provider_is_kept_where_it_is_higher() -> None:
    seen: list[int | None] = []
    buried: Buried = []

    def handler(found: Record[bytes], given: Context) -> None:
        seen.append(found.attempt)
        raise KeyError("k")

    consumer = Consumer("work", handler, 3, bury_into(buried))
    ledger = Ledger()
    assert ids(consume_records(consumer, [record("1", attempt=2)], context(), ledger)) == ["1"]
    assert consume_records(consumer, [record("1", attempt=3)], context(), ledger) == []
    assert consume_records(consumer, [record("2", attempt=4)], context(), ledger) == []
    assert seen == [2, 3]
    assert buried == [("1", 3, "KeyError"), ("2", 3, None)]


def test_a_record_that_is_finished_is_not_handled_again_until_it_is_forgotten() -> None:
    calls: list[str] = []
    consumer = Consumer("work", lambda found, given: calls.append(found.id))
    ledger = Ledger()
    for _ in range(2):
        assert consume_records(consumer, [record("1")], context(), ledger) == []
    ledger.forget(["1"])
    assert consume_records(consumer, [record("1")], context(), ledger) == []
    assert calls == ["1", "1"]


def test_what_a_process_remembers_is_bounded() -> None:
    ledger = Ledger(limit=3)
    for place in range(5):
        ledger.failed(str(place))
        ledger.finished(f"done {place}")
    assert [ledger.attempt(str(place)) for place in range(5)] == [1, 1, 2, 2, 2]
    assert [ledger.is_finished(f"done {place}") for place in range(5)] == [False, False, True, True, True]


def test_a_record_that_cannot_be_buried_holds_its_key_until_it_can() -> None:
    calls: list[str] = []
    refusals = [OSError("down"), OSError("down")]
    buried: Buried = []

    def bury(found: Any, attempts: int, error: BaseException | None) -> None:
        if refusals:
            raise refusals.pop()
        buried.append((found.id, attempts, None))

    def handler(found: Record[bytes], given: Context) -> None:
        calls.append(found.id)
        if found.id == "1":
            raise KeyError("k")

    left = deliver_until_done(Consumer("work", handler, 1, bury), [record("1"), record("2")], Ledger())
    assert left == [["1", "2"], ["1", "2"], []]
    assert (calls, buried) == (["1", "2"], [("1", 1, None)])


def test_no_record_is_begun_when_the_time_does_not_suffice() -> None:
    calls: list[str] = []

    def handler(found: Record[bytes], given: Context) -> None:
        calls.append(found.id)
        given._ends -= 8.0  # as if it had taken eight seconds

    ledger = Ledger()
    unfinished = consume_records(Consumer("work", handler), [record(str(n)) for n in range(5)], context(20), ledger)
    assert (calls, ids(unfinished)) == (["0", "1"], ["2", "3", "4"])
    assert ledger.attempt("2") == 1
    assert ids(consume_records(Consumer("work", handler), unfinished, context(0.1), ledger)) == ["3", "4"]


@pytest.mark.parametrize("awaits", [False, True])
def test_a_host_that_does_not_deliver_again_has_its_records_finished_in_one_call(awaits: bool) -> None:
    calls: list[tuple[str, int | None, int | None]] = []
    buried: Buried = []

    def handler(found: Record[bytes], given: Context) -> None:
        calls.append((found.id, found.attempt, given.attempt))
        if found.id == "a1":
            raise KeyError("k")

    async def async_handler(found: Record[bytes], given: Context) -> None:
        handler(found, given)

    records = [record("a1", "a"), record("a2", "a"), record("b1", "b")]
    if awaits:
        consumer = Consumer("work", async_handler, 2, bury_into(buried), True, 0.001)
        left = asyncio.run(do_async(finishing_records(consumer, records, context(), Ledger(), False, pause_async)))
    else:
        consumer = Consumer("work", handler, 2, bury_into(buried), True, 0.001)
        left = do(finishing_records(consumer, records, context(), Ledger(), False))
    assert left == []
    assert calls == [("a1", 1, 1), ("b1", 1, 1), ("a1", 2, 2), ("a2", 1, 1)]
    assert buried == [("a1", 2, "KeyError")]


def test_trying_again_in_one_call_ends_before_the_deadline() -> None:
    def handler(found: Record[bytes], given: Context) -> None:
        given._ends -= 4.0
        raise KeyError("k")

    ledger = Ledger()
    consumer = Consumer("work", handler, 9, backoff=0.001)
    left = do(finishing_records(consumer, [record("1"), record("2")], context(15), ledger, False))
    assert ids(left) == ["1", "2"]
    assert (ledger.attempt("1"), ledger.attempt("2")) == (4, 1)


def test_a_record_that_does_not_decode_is_a_failed_try() -> None:
    decode = json_value()
    consumer = Consumer("work", lambda found, given: found.decoded(decode), 1)
    assert consume_records(consumer, [record("1", body=b"{"), record("2")], context(), Ledger()) == []


def test_the_trace_of_one_record_is_not_told_to_the_next() -> None:
    seen: list[str | None] = []
    first = record("1")
    first.trace = SENDER
    consumer = Consumer("work", lambda found, given: seen.append(given.trace))
    consume_records(consumer, [first, record("2")], context(), Ledger())
    assert seen == [SENDER, CALL]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
def test_whatever_ends_a_process_is_one_failed_try(error: BaseException, whole: bool) -> None:
    def handler(found: Any, given: Context) -> None:
        raise error

    consumer = Consumer("work", handler)
    assert ids(consume_records(consumer, [record("1")], context(), Ledger(), whole)) == ["1"]
    awaited = asyncio.run(do_async(consuming_records(consumer, [record("1")], context(), Ledger(), whole)))
    assert ids(awaited) == ["1"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), max_size=14), st.integers(1, 3), st.booleans())
def test_whatever_fails_each_key_is_in_order_and_nothing_is_lost(
    plan: list[tuple[str, int]], attempts: int, whole: bool
) -> None:
    """`plan` tells the key of each record and how many of its tries fail."""
    fails = {str(place): times for place, (_, times) in enumerate(plan)}
    settled: list[str] = []
    buried: list[str] = []

    def try_one(found: Record[bytes]) -> bool:
        assert found.attempt is not None
        if found.attempt <= fails[found.id]:
            return False
        settled.append(found.id)
        return True

    def one(found: Record[bytes], given: Context) -> None:
        if not try_one(found):
            raise KeyError(found.id)

    def many(batch: list[Record[bytes]], given: Context) -> list[Record[bytes]]:
        return [found for found in batch if not try_one(found)]

    def bury(found: Any, tries: int, error: BaseException | None) -> None:
        buried.append(found.id)
        settled.append(found.id)

    records = [record(str(place), key) for place, (key, _) in enumerate(plan)]
    consumer = Consumer("work", many if whole else one, attempts, bury, True)
    deliver_until_done(consumer, records, Ledger(), whole)
    assert sorted(buried) == sorted(own for own, times in fails.items() if times >= attempts)
    assert set(settled) == set(fails)
    last = {own: place for place, own in enumerate(settled)}
    for key in "abc":
        of_key = [str(place) for place, (other, _) in enumerate(plan) if other == key]
        if not whole:
            assert [own for own in settled if own in of_key] == of_key
        else:  # a batch may handle a record that then comes again after an earlier one
            alive = [own for own in of_key if own not in buried]
            assert sorted(alive, key=lambda own: last[own]) == alive
    async_settled, settled[:] = list(settled), []
    buried.clear()

    async def delivered() -> None:
        ledger = Ledger()
        waiting = [record(str(place), key) for place, (key, _) in enumerate(plan)]
        while waiting:
            waiting = await do_async(consuming_records(consumer, waiting, context(), ledger, whole))

    asyncio.run(delivered())
    assert settled == async_settled
