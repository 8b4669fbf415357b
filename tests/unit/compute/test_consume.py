"""Attempts, dead letters and batches: what becomes of each delivery."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import pytest

from portable.base.logs import current
from portable.base.steps import do_async
from portable.compute.consume import LOOKS, Consumer, consume, consume_batch, consuming, consuming_batch
from portable.compute.context import Context
from portable.errors import InProgress, InvalidInput, Unavailable
from portable.eventing.deadletters import dead_letter
from portable.eventing.message import Message
from portable.eventing.payload import json_value
from portable.persistence.idempotency_records import History

SENDER, CALLER = (f"00-4bf92f3577b34da6a3ce929d0e0e4736-{parent}-01" for parent in ("1" * 16, "2" * 16))


class Buried:  # takes dead letters, or refuses to
    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[tuple[str, int, str | None]] = []
        self.error = error

    def __call__(self, message: Message[bytes], attempts: int, error: BaseException | None) -> None:
        if self.error is not None:
            raise self.error
        self.told.append((message.id, attempts, None if error is None else type(error).__name__))


def context() -> Context:
    return Context("r", "", time.time() + 30, trace=CALLER)


def message(
    attempt: int | None = 1, own: str = "m", group: str | None = None, trace: str | None = None
) -> Message[bytes]:
    return Message(own, b'{"n": 1}', attempt, group=group, trace=trace)


def fail(found: Any, given: Any) -> None:
    raise KeyError("k")


def call_each(consumer: Consumer, attempts: list[int | None]) -> list[bool]:
    """Deliver a message with each count, on both kinds of host, which must agree."""
    plain = [consume(consumer, message(attempt), context()) for attempt in attempts]

    async def awaited() -> list[bool]:
        return [await do_async(consuming(consumer, message(attempt), context())) for attempt in attempts]

    assert asyncio.run(awaited()) == plain
    return plain


def test_a_handled_message_is_acknowledged_and_sees_its_attempt_and_trace() -> None:
    seen: list[Any] = []

    def handler(found: Any, given: Context) -> None:
        seen.append((given.attempt, given.trace, given.function, current.get() is given, found.attempt))

    assert consume(Consumer("work", handler), message(2, trace=SENDER), context())
    assert consume(Consumer("work", handler), message(None), context())
    assert seen == [(2, SENDER, "work", True, 2), (None, CALLER, "work", True, None)]
    assert current.get() is None


def test_a_handler_that_raises_is_called_exactly_the_declared_attempts() -> None:
    buried = Buried()
    assert call_each(Consumer("work", fail, 3, buried), [1, 2, 3]) == [False, False, True]
    assert buried.told == [("m", 3, "KeyError")] * 2


def test_a_message_that_arrives_with_a_higher_count_is_not_called_again() -> None:
    buried, calls = Buried(), []
    consumer = Consumer("work", lambda found, given: calls.append(found), 3, buried)
    assert call_each(consumer, [4, 9]) == [True, True]
    assert calls == []
    assert buried.told == [("m", 3, None)] * 4


def test_without_dead_letters_the_message_is_dropped_with_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "portable"):
        assert consume(Consumer("work", fail, 1), message(1), context())
    assert "gave up message m after 1 attempts: it was dropped" in caplog.text
    assert "KeyError" in caplog.text


def test_where_the_road_carries_no_count_a_failure_comes_again() -> None:
    buried = Buried()
    assert call_each(Consumer("work", fail, 1, buried), [None]) == [False]
    assert buried.told == []


def test_a_payload_that_does_not_decode_is_a_failed_attempt() -> None:
    buried = Buried()
    decode = json_value(list)
    consumer = Consumer("work", lambda found, given: found.decoded(decode), 2, buried)
    assert call_each(consumer, [1, 2]) == [False, True]
    assert buried.told == [("m", 2, InvalidInput.__name__)] * 2


def test_a_dead_letter_that_is_not_stored_keeps_the_message() -> None:
    assert call_each(Consumer("work", fail, 1, Buried(Unavailable("down"))), [1, 2]) == [False, False]


def test_a_delivery_that_finds_the_message_being_handled_comes_again_at_any_count() -> None:
    def busy(found: Any, given: Any) -> None:
        raise InProgress("k", 3)

    buried = Buried()
    assert call_each(Consumer("work", busy, 2, buried), [1, 2]) == [False, False]
    assert buried.told == []


def test_a_batch_reports_the_deliveries_that_failed() -> None:
    seen: list[str] = []

    def handler(found: Message[bytes], given: Context) -> None:
        seen.append(found.id)
        if found.id in ("b", "d"):
            raise ValueError

    batch = [(f"delivery-{own}", message(1, own)) for own in "abcde"]
    assert consume_batch(Consumer("work", handler), batch, context()) == ["delivery-b", "delivery-d"]
    assert seen == list("abcde")


def test_in_an_ordered_batch_a_failure_holds_back_its_group_only() -> None:
    seen: list[str] = []

    def handler(found: Message[bytes], given: Context) -> None:
        seen.append(found.id)
        if found.id == "1a":
            raise ValueError

    batch = [(own, message(1, own, own[-1])) for own in ("0a", "0b", "1a", "1b", "2a", "2b", "3a")]
    consumer = Consumer("work", handler, ordered=True)
    assert consume_batch(consumer, batch, context()) == ["1a", "2a", "3a"]
    assert seen == ["0a", "0b", "1a", "1b", "2b"]
    assert asyncio.run(do_async(consuming_batch(consumer, batch, context()))) == ["1a", "2a", "3a"]


def test_a_buried_message_does_not_hold_back_its_group() -> None:
    buried = Buried()
    batch = [(own, message(3 if own == "a" else 1, own, "g")) for own in "ab"]

    def handler(found: Message[bytes], given: Context) -> None:
        if found.id == "a":
            raise ValueError

    assert consume_batch(Consumer("work", handler, 3, buried, True), batch, context()) == []
    assert buried.told == [("a", 3, "ValueError")]


def test_async_handlers_and_async_burial_are_awaited() -> None:
    seen: list[str] = []

    async def handler(found: Any, given: Any) -> None:
        await asyncio.sleep(0)
        seen.append("called")
        raise ValueError

    async def bury(found: Any, attempts: int, error: Any) -> None:
        await asyncio.sleep(0)
        seen.append("buried")

    assert asyncio.run(do_async(consuming(Consumer("work", handler, 1, bury), message(1), context())))
    assert seen == ["called", "buried"]


def test_a_dead_letter_keeps_what_the_message_was() -> None:
    found = Message("m", b"\xff", 3, {"kind": "a", "portable-error": "of an earlier life"}, group="g", trace="t")
    made = dead_letter(found, 3, ValueError("x" * 1000))
    assert (made.id, made.body, made.text, made.group, made.trace) == ("m", b"\xff", False, "g", "t")
    assert made.attributes == {"kind": "a"}
    assert made.marks == {"attempts": "3", "error_type": "ValueError", "error": "x" * 500}


class Odd(BaseException):
    """No Exception."""


class Unspeakable(Exception):
    """An error whose text cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


ENDINGS = [
    SystemExit(3),
    KeyboardInterrupt(),
    asyncio.CancelledError(),
    GeneratorExit(),
    Odd("odd"),
    Unspeakable(),
    ExceptionGroup("several", [ValueError(1), KeyError(2)]),
    BaseExceptionGroup("several", [SystemExit(1)]),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending).__name__)
def test_whatever_a_handler_raises_is_one_failed_attempt_and_the_report_is_sent(ending: BaseException) -> None:
    def handler(found: Message[bytes], given: Context) -> None:
        if found.id == "b":
            raise ending

    async def awaited(found: Message[bytes], given: Context) -> None:
        await asyncio.sleep(0)
        handler(found, given)

    batch = [(own, message(1, own)) for own in "abc"]
    assert consume_batch(Consumer("work", handler), batch, context()) == ["b"]
    assert asyncio.run(do_async(consuming_batch(Consumer("work", awaited), batch, context()))) == ["b"]
    sent: list[Any] = []
    last = Consumer("work", handler, 1, lambda *told: sent.append(dead_letter(*told)))
    assert consume_batch(last, batch, context()) == []
    assert [(made.id, made.marks["error_type"]) for made in sent] == [("b", type(ending).__name__)]


def test_a_log_handler_of_the_app_that_raises_does_not_cost_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(record: logging.LogRecord) -> bool:
        raise TypeError("not all arguments converted")

    portable = logging.getLogger("portable")
    monkeypatch.setattr(portable, "filters", [broken])
    buried = Buried()
    batch = [(own, message(attempt, own)) for own, attempt in (("a", 1), ("b", 2))]
    assert consume_batch(Consumer("work", fail, 2, buried), batch, context()) == ["a"]
    assert buried.told == [("b", 2, "KeyError")]


def test_nothing_is_done_after_what_stands_for_the_end_of_the_process() -> None:
    class Died(BaseException):
        ends_process = True

    def die(found: Any, given: Any) -> None:
        raise Died

    buried = Buried()
    with pytest.raises(Died):
        consume(Consumer("work", die, 1, buried), message(1), context())
    with pytest.raises(Died):
        asyncio.run(do_async(consuming(Consumer("work", die, 1, buried), message(1), context())))
    assert buried.told == []


class Remembered:
    """A call that tells a history, or raises instead, and counts its runs."""

    def __init__(self, history: History | BaseException, error: Exception | None = None) -> None:
        self.told, self.error, self.runs = history, error, 0

    def __call__(self, found: Any, given: Any) -> None:
        self.runs += 1
        if self.error is not None:
            raise self.error

    def history(self, found: Any, given: Any) -> History:
        if isinstance(self.told, BaseException):
            raise self.told
        return self.told


def test_a_message_whose_work_is_done_is_acknowledged_and_not_buried() -> None:
    buried = Buried()
    done = Remembered(History(done=True))
    assert call_each(Consumer("work", done, 2, buried), [3]) == [True]
    failed_after = Remembered(History(done=True), Unavailable("the reply was lost"))
    assert call_each(Consumer("work", failed_after, 2, buried), [2]) == [True]
    assert (done.runs, buried.told) == (0, [])


def test_a_message_that_is_at_work_is_not_buried() -> None:
    buried = Buried()
    assert call_each(Consumer("work", Remembered(History(running=True)), 2, buried), [3]) == [False]
    assert buried.told == []


def test_a_key_that_cannot_be_told_does_not_keep_a_message_for_ever() -> None:
    for error in (KeyError("order"), InvalidInput("not JSON", "body"), SystemExit(1)):
        buried = Buried()
        call = Remembered(error, KeyError("order"))
        assert call_each(Consumer("work", call, 3, buried), [1, 2, 3]) == [False, False, True]
        assert buried.told == [("m", 3, "KeyError")] * 2
        assert call_each(Consumer("work", call, 3, buried), [4]) == [True]


def test_records_that_cannot_be_read_hold_a_message_back_but_not_for_ever() -> None:
    buried = Buried()
    away = Remembered(Unavailable("down"), Unavailable("down"))
    counts: list[int | None] = list(range(1, 4 + LOOKS))
    assert call_each(Consumer("work", away, 3, buried), counts).count(True) == 2
    assert buried.told[0] == ("m", 3, "Unavailable")
