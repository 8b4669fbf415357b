"""Stored responses stay with their caller, zombies write nothing, and no key keeps a message for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from unit.persistence.test_idempotency import SEEN, Store, http, made, message, store

from portable.base.steps import do_async
from portable.compute.consume import Consumer, consume, consuming
from portable.compute.context import Context
from portable.errors import InProgress, InvalidInput
from portable.eventing.message import Message
from portable.eventing.payload import json_value
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_calls import AsyncMessageCall, AsyncRequestCall, MessageCall, RequestCall

__all__ = ["store"]


def asked(who: str | None, key: str | None = "k", cookie: str | None = None) -> Request:
    headers = [("idempotency-key", key), ("authorization", who), ("cookie", cookie)]
    return Request("POST", "/orders", headers=[(name, value) for name, value in headers if value is not None])


def of(request: Request, context: Context) -> str:
    return f"of {request.headers.get('authorization')} {request.cookies.get('session')}"


SCOPES: list[Any] = [
    None,
    lambda request: request.headers.get("authorization"),
    lambda r: (r.headers["authorization"], 1),
]


@pytest.mark.parametrize("scope", SCOPES, ids=["none", "header", "tuple"])
def test_a_stored_response_is_given_to_its_caller_only(store: Store, scope: Any) -> None:
    call = http(store, of, Idempotent(SEEN, scope=scope))
    answers = [call(asked(who), store.context()).body for who in ("alice", "bob", "alice", "bob")]
    assert answers == [b"of alice None", b"of bob None"] * 2
    assert len(store.rows) == 2
    assert not any("alice" in str(row["id"]) for row in store.rows)  # credentials are not stored in a key


def test_a_scope_holds_for_a_key_function_too(store: Store) -> None:
    declared = Idempotent(SEEN, key=lambda request: 1, scope=lambda request: request.cookies.get("session"))
    call = http(store, of, declared)
    answers = [call(asked(None, cookie=f"session={who}"), store.context()).body for who in ("a", "b", "a")]
    assert answers == [b"of None a", b"of None b", b"of None a"]


def test_a_public_route_answers_every_caller_the_same(store: Store) -> None:
    call = http(store, of, Idempotent(SEEN, scope="public"))
    assert {call(asked(who), store.context()).body for who in ("a", "b")} == {b"of a None"}


def test_a_request_without_the_caller_it_is_scoped_to_runs_as_ever(store: Store) -> None:
    call = http(store, of, Idempotent(SEEN, scope=lambda request: request.headers.get("authorization")))
    for _ in range(2):
        assert call(asked(None), store.context()) == "of None None"
    assert store.rows == []


def test_a_cookie_is_never_replayed_however_it_was_set(store: Store) -> None:
    def handler(request: Request, context: Context) -> Response:
        response = Response("x", headers=[("Set-Cookie", "a=1"), ("x-kept", "yes")]).set_cookie("session", "secret")
        response.headers.append(("Set-Cookie", "b=2"))
        return response

    for call in (http(store, handler), http(store, handler, Idempotent(SEEN, scope="public", key=lambda r: "other"))):
        call(asked(None), store.context())
        again = call(asked(None), store.context())
        assert (again.header("x-kept"), again.header("set-cookie"), again.cookies) == ("yes", None, [])
    assert "secret" not in str(store.rows)


@pytest.mark.parametrize("key", [None, "", b"", ()])
def test_a_request_whose_key_function_returns_nothing_is_answered_400(store: Store, key: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        http(store, of, Idempotent(SEEN, key=lambda request: key, scope="public"))(asked(None), store.context())
    assert caught.value.status == 400


def broken_key(found: Message[Any]) -> Any:
    return found.payload["order"]["id"]


KEYS: list[Any] = [broken_key, lambda found: None, lambda found: "", lambda found: object(), lambda found: 1 / 0]


@pytest.mark.parametrize("key", KEYS, ids=["raises", "none", "empty", "object", "zero"])
@pytest.mark.parametrize("payload", [b'{"order": 7}', b"not json", b"\xff"])
def test_a_message_whose_key_cannot_be_told_ends_after_its_attempts(store: Store, key: Any, payload: bytes) -> None:
    buried: list[Any] = []
    declared = Idempotent(SEEN, key=key)
    runs: list[Any] = []

    async def awaited(found: Any, context: Any) -> None:
        runs.append(found)

    plain = MessageCall(lambda found, context: runs.append(found), declared, "work", store, json_value())  # type: ignore[arg-type]
    waiting = AsyncMessageCall(awaited, declared, "work", store, json_value())  # type: ignore[arg-type]
    for call, deliver in ((plain, consume), (waiting, lambda *given: asyncio.run(do_async(consuming(*given))))):
        consumer = Consumer("work", call, 3, lambda *told: buried.append(told))
        outcomes = [deliver(consumer, message("m", payload, attempt), store.context()) for attempt in (1, 2, 3)]
        assert outcomes == [False, False, True]
        assert deliver(consumer, message("m", payload, 4), store.context())  # the last try died: no call, no loop
    assert ([told[1] for told in buried], runs, store.rows) == ([3, 3, 3, 3], [], [])


def test_a_message_whose_work_is_done_is_not_buried_when_its_acknowledgement_is_lost(store: Store) -> None:
    buried: list[Any] = []
    consumer = Consumer("work", made(store, lambda found, context: None), 2, lambda *told: buried.append(told))
    for attempt in (2, 3, 4):
        assert consume(consumer, message(attempt=attempt), store.context())
    assert buried == []


def test_a_message_whose_last_attempt_still_runs_is_not_buried(store: Store) -> None:
    buried: list[Any] = []
    inner: list[bool] = []

    def slow(found: Any, context: Any) -> None:
        inner.append(consume(consumer, message(attempt=3), store.context()))
        store.now += 31  # beyond the lease: nobody is at work any more
        inner.append(consume(consumer, message(attempt=4), store.context()))

    consumer = Consumer("work", made(store, slow), 2, lambda *told: buried.append(told))
    consume(consumer, message(attempt=2), store.context(30))
    assert (inner, [told[1:] for told in buried]) == ([False, True], [(2, None)])


def test_a_zombie_does_not_overwrite_the_result_and_answers_what_the_other_has_stored(store: Store) -> None:
    runs: list[int] = []

    def handler(request: Request, context: Context) -> str:
        runs.append(len(runs) + 1)
        mine = runs[-1]
        if mine == 1:
            store.now += 31
            assert call(asked(None), store.context(30)).body == b"run 2"
        return f"run {mine}"

    call = http(store, handler)
    assert call(asked(None), store.context(30)).body == b"run 2"
    assert call(asked(None), store.context(30)).body == b"run 2"
    assert runs == [1, 2]


def test_a_zombie_whose_successor_still_runs_is_told_to_come_again(store: Store) -> None:
    entered: list[Any] = []

    async def handler(request: Request, context: Context) -> str:
        entered.append(context.fence)
        if len(entered) == 1:
            store.now += 31
            entered.append(await asyncio.to_thread(successor._claim, asked(None), store.context(30)))
        return "late"

    call = AsyncRequestCall(handler, Idempotent(SEEN), "order", store)  # type: ignore[arg-type]
    successor = RequestCall(of, Idempotent(SEEN), "order", store)  # type: ignore[arg-type]
    with pytest.raises(InProgress):
        asyncio.run(call(asked(None), store.context(30)))
    assert [row["state"] for row in store.rows] == ["running"]


def test_whoever_takes_a_key_over_has_a_larger_fence(store: Store) -> None:
    fences: list[int | None] = []

    def handler(found: Any, context: Context) -> None:
        fences.append(context.fence)
        if len(fences) < 4:
            store.now += 30.0
            again = store.context(30)
            consume(Consumer("work", call), message(), again)
            assert again.fence is None  # the next message of a batch has a claim of its own
        assert context.fence == fences[4 - len(fences)] or len(fences) == 4

    call = made(store, handler)
    consume(Consumer("work", call), message(), store.context(30))
    assert len(fences) == 4
    known = [fence for fence in fences if fence is not None]
    assert known == sorted(set(known))
    assert len(known) == 4
    assert [row["fence"] for row in store.rows] == [known[-1]]
