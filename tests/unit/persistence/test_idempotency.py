"""Idempotent calls: one effect for each key, whatever is delivered twice."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portable.base.steps import do_async
from portable.compute.consume import Consumer, consume, consuming
from portable.compute.context import Context
from portable.errors import HTTPError, InProgress
from portable.eventing.error_replies import error_response
from portable.eventing.message import Message
from portable.eventing.payload import json_value
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.persistence.clients import TableReadWriter
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_calls import AsyncMessageCall, AsyncRequestCall, MessageCall, RequestCall
from portable.persistence.memory import MemoryTable
from portable.persistence.table import Table

SEEN = Table("seen", key="id", ttl="expires")


class Store:
    """The table of records in memory, and the time."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.driver = MemoryTable(SEEN, lambda: datetime.fromtimestamp(self.now, UTC))

    def of(self, table: Table) -> MemoryTable:
        assert table == SEEN
        return self.driver

    @property
    def rows(self) -> list[dict[str, Any]]:
        return TableReadWriter(SEEN, self).scan().items  # type: ignore[arg-type]

    def context(self, seconds: float = 30) -> Context:
        return VirtualContext(self, seconds)


class VirtualContext(Context):
    def __init__(self, store: Store, seconds: float) -> None:
        super().__init__("r", "work", store.now + seconds)
        self.store = store

    def remaining(self) -> float:
        return max(0.0, self._ends - self.store.now)


@pytest.fixture
def store() -> Store:
    return Store()


def message(own: str = "m", payload: bytes = b'{"order": 7}', attempt: int | None = 1) -> Message[bytes]:
    return Message(own, payload, attempt)


def made(store: Store, call: Any, declared: Idempotent | None = None, decode: Any = None) -> MessageCall:
    return MessageCall(call, declared or Idempotent(SEEN), "work", store, decode)  # type: ignore[arg-type]


def test_a_message_has_one_effect_however_often_it_is_delivered(store: Store) -> None:
    seen: list[str] = []
    call = made(store, lambda found, context: seen.append(found.id))
    for _ in range(3):
        assert consume(Consumer("work", call), message(), store.context())
    consume(Consumer("work", call), message("other"), store.context())
    assert seen == ["m", "other"]


def test_the_key_sees_the_decoded_payload(store: Store) -> None:
    seen: list[str] = []
    declared = Idempotent(SEEN, key=lambda found: found.payload["order"])
    call = made(store, lambda found, context: seen.append(found.id), declared, json_value(dict))
    call(message("a"), store.context())
    call(message("b"), store.context())
    call(message("c", b'{"order": 8}'), store.context())
    assert seen == ["a", "c"]
    assert sorted(row["id"] for row in store.rows) == ["work/int:7", "work/int:8"]


def test_a_handler_that_raises_leaves_no_record(store: Store) -> None:
    def fail(found: Any, context: Any) -> None:
        raise KeyError("k")

    assert not consume(Consumer("work", made(store, fail)), message(), store.context())
    assert store.rows == []
    seen: list[str] = []
    assert consume(Consumer("work", made(store, lambda m, c: seen.append(m.id))), message(), store.context())
    assert seen == ["m"]


def test_a_delivery_that_comes_meanwhile_is_redelivered_and_is_no_attempt(store: Store) -> None:
    attempts: list[int | None] = []
    buried: list[Any] = []
    inner: list[bool] = []

    def handler(found: Message[bytes], context: Context) -> None:
        attempts.append(context.attempt)
        if len(attempts) == 1:
            again = Consumer("work", call, 2, lambda *told: buried.append(told))
            inner.extend(consume(again, message(attempt=n), store.context()) for n in (2, 3, 4))
            raise ValueError("the first one fails")
        raise ValueError("and the second")

    call = made(store, handler)
    consumer = Consumer("work", call, 2, lambda *told: buried.append(told))
    assert not consume(consumer, message(), store.context())
    assert inner == [False, False, False]
    assert buried == []
    assert consume(consumer, message(attempt=5), store.context())
    assert attempts == [1, 2]
    assert [(told[1], type(told[2])) for told in buried] == [(2, ValueError)]


def test_two_deliveries_at_once_run_the_handler_once(store: Store) -> None:
    count = 0
    entered = threading.Barrier(8)

    def handler(found: Any, context: Any) -> None:
        nonlocal count
        count += 1
        time.sleep(0.02)

    call = made(store, handler)
    results: list[bool] = []

    def deliver() -> None:
        entered.wait()
        results.append(consume(Consumer("work", call), message(), store.context()))

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count == 1
    assert True in results


def test_a_call_that_died_holds_its_key_until_its_deadline_only(store: Store) -> None:
    seen: list[str] = []

    class Died(BaseException):
        pass

    def die(found: Any, context: Any) -> None:
        store.driver.delete = store.driver.update = lambda *_: None  # type: ignore[assignment,method-assign]
        raise Died

    with pytest.raises(Died):
        made(store, die)(message(), store.context(30))
    del store.driver.delete, store.driver.update
    call = made(store, lambda m, c: seen.append(m.id))
    with pytest.raises(InProgress):
        call(message(), store.context())
    store.now += 31
    call(message(), store.context())
    assert seen == ["m"]


def test_a_result_is_forgotten_after_its_time_to_live(store: Store) -> None:
    seen: list[str] = []
    call = made(store, lambda m, c: seen.append(m.id), Idempotent(SEEN, ttl=timedelta(hours=1)))
    call(message(), store.context())
    store.now += 3599
    call(message(), store.context())
    store.now += 2
    call(message(), store.context())
    assert seen == ["m", "m"]
    store.now += 3700
    assert store.rows == []


def test_a_call_that_was_taken_over_does_not_overwrite_the_other(store: Store) -> None:
    def slow(found: Any, context: Any) -> None:
        store.now += 31
        made(store, lambda m, c: None)(message(), store.context())

    with pytest.raises(InProgress):  # not acknowledged by this run: the message comes again and finds the other's
        made(store, slow)(message(), store.context(30))
    assert [row["state"] for row in store.rows] == ["done"]


def request(key: str | None = "k", body: bytes = b"{}") -> Request:
    headers = [] if key is None else [("idempotency-key", key)]
    return Request("POST", "/orders", headers=headers, body=body)


def http(store: Store, handler: Any, declared: Idempotent | None = None) -> RequestCall:
    return RequestCall(handler, declared or Idempotent(SEEN), "order", store)  # type: ignore[arg-type]


def test_a_request_with_a_known_key_gets_the_stored_response(store: Store) -> None:
    count = 0

    def handler(found: Request, context: Context) -> Response:
        nonlocal count
        count += 1
        return Response.json({"order": count}, 201, {"x-a": "1"}).set_cookie("c", "v")

    call = http(store, handler)
    first, second = call(request(), store.context()), call(request(), store.context())
    assert count == 1
    for response in (first, second):
        assert (response.status, json.loads(response.body), response.header("x-a")) == (201, {"order": 1}, "1")
    assert len(first.cookies) == 1
    assert second.cookies == []  # a cookie may sign its client in: it is never given twice


@pytest.mark.parametrize("value", [None, "text", b"\x00\xff", {"a": 1}, [1]])
def test_every_kind_of_result_is_stored(store: Store, value: Any) -> None:
    call = http(store, lambda found, context: value)
    first, second = call(request(), store.context()), call(request(), store.context())
    assert (first.status, first.body, first.headers) == (second.status, second.body, second.headers)


def test_a_request_that_comes_meanwhile_is_answered_409_with_retry_after(store: Store) -> None:
    def handler(found: Request, context: Context) -> str:
        with pytest.raises(InProgress) as caught:
            call(request(), store.context())
        response = error_response(caught.value)
        assert (response.status, response.header("retry-after")) == (409, "30")
        return "done"

    call = http(store, handler)
    assert call(request(), store.context(30)).body == b"done"


def test_a_request_without_a_key_runs_every_time(store: Store) -> None:
    count: list[int] = []
    call = http(store, lambda found, context: count.append(1))
    call(request(None), store.context())
    call(request(None), store.context())
    assert (len(count), store.rows) == (2, [])


def test_a_key_that_is_used_for_another_request_is_answered_422(store: Store) -> None:
    call = http(store, lambda found, context: "ok")
    call(request(body=b"1"), store.context())
    with pytest.raises(HTTPError) as caught:
        call(request(body=b"2"), store.context())
    assert caught.value.status == 422


def test_an_error_that_is_raised_is_not_stored(store: Store) -> None:
    answers = [HTTPError(503), "ok"]

    def handler(found: Request, context: Context) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    call = http(store, handler)
    with pytest.raises(HTTPError):
        call(request(), store.context())
    assert call(request(), store.context()).body == b"ok"


def test_a_response_too_large_to_keep_is_not_given_twice(store: Store) -> None:
    call = http(store, lambda found, context: b"x" * 400_000)
    assert len(call(request(), store.context()).body) == 400_000
    with pytest.raises(HTTPError, match="400000") as caught:
        call(request(), store.context())
    assert caught.value.status == 409


def test_hosts_that_await_have_the_same_rules(store: Store) -> None:
    seen: list[str] = []

    async def handler(found: Any, context: Any) -> str:
        seen.append("x")
        await asyncio.sleep(0)
        return "answer"

    async def run() -> None:
        call = AsyncMessageCall(handler, Idempotent(SEEN), "work", store)  # type: ignore[arg-type]
        for _ in range(2):
            assert await do_async(consuming(Consumer("work", call), message(), store.context()))
        answers = AsyncRequestCall(handler, Idempotent(SEEN), "order", store)  # type: ignore[arg-type]
        bodies = [(await answers(request(), store.context())).body for _ in range(2)]
        assert bodies == [b"answer", b"answer"]

    asyncio.run(run())
    assert seen == ["x", "x"]
