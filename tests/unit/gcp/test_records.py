"""Ordered messages of Pub/Sub as records: what is read, tries, dead letters, and what is otherwise on Google Cloud."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.compute.consume import Consumer
from portable.eventing.record import Record
from portable.tooling.app.model import AppModel, FunctionModel, Parameter
from portable.tooling.problems import problems
from portable.tooling.target import Options
from portable_gcp.deploy.target import target
from portable_gcp.runtime import records
from portable_gcp.testing.native import Native
from portable_gcp.testing.records import encode_record

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


def send(handle: Any, native: Native) -> int:
    status: int = handle(flask.Request(native.environ())).status_code
    return status


@given(
    st.builds(
        Record,
        st.uuids().map(str),
        st.binary(max_size=40),
        TEXT | st.sampled_from(["portable", "portable-x"]),
        st.none(),
        st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        st.none() | st.integers(1, 9),
        st.dictionaries(st.from_regex(r"[a-z]{3,10}", fullmatch=True), TEXT, max_size=3),
        st.none() | st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    )
)
def test_a_record_is_read_as_it_was_sent(sent: Record[bytes]) -> None:
    native = encode_record(sent)
    assert records.decode(native.environ(), native.body) == sent


def test_a_record_is_acknowledged_or_comes_again_and_is_then_given_up() -> None:
    seen: list[int] = []
    buried: list[str] = []

    def call(found: Any, context: Any) -> None:
        seen.append(found.attempt)
        raise KeyError("k")

    handle = records.handler(Consumer("work", call, 3, lambda found, n, error: buried.append(found.id)), 30)
    native = encode_record(Record("1", b"x", "k"))
    assert [send(handle, native) for _ in range(3)] == [500, 500, 204]
    assert (seen, buried) == ([1, 2, 3], ["1"])


def test_the_count_of_the_subscription_is_kept() -> None:
    seen: list[int] = []
    handle = records.handler(Consumer("work", lambda found, context: seen.append(found.attempt)), 30)
    assert send(handle, encode_record(Record("1", b"x", "k", attempt=3))) == 204
    assert seen == [3]


def test_a_function_of_a_batch_gets_one_record_at_a_time() -> None:
    seen: list[list[str]] = []

    def call(found: Any, context: Any) -> Any:
        seen.append([record.id for record in found])
        return found if len(seen) == 1 else None

    handle = records.handler(Consumer("work", call), 30, True)
    assert [send(handle, encode_record(Record("1", b"x", "k"))) for _ in range(2)] == [500, 204]
    assert seen == [["1"], ["1"]]


def test_another_event_is_refused() -> None:
    handle = records.handler(Consumer("work", lambda found, context: None), 30)
    assert (
        send(handle, Native("POST", "/", "", (("content-type", "application/json"),), json.dumps({}).encode())) == 400
    )


def gaps(start: str = "latest", timeout: int = 30, whole: bool = False) -> list[tuple[str, bool]]:
    trigger = {"kind": "stream", "ordered": True, "stream": "clicks", "batch": 100, "window": 5, "start": start}
    parameters = (Parameter("found", "event", "list[Record]" if whole else "Record"),)
    function = FunctionModel("count", "app", "count", "app.py:1", False, trigger, parameters, (), timeout=timeout)
    found = problems(AppModel("shop", (function,), (), ("app",)), target, Options("3.12", "x86_64", {}))
    return [(problem.message, problem.error) for problem in found]


@pytest.mark.parametrize(
    ("options", "said", "refused"),
    [
        ({"start": "oldest"}, 'records(start="oldest") has no effect', False),
        ({"whole": True}, "Pub/Sub pushes one at a time", False),
        ({"timeout": 601}, "600 s", True),
    ],
)
def test_what_is_otherwise_is_said(options: dict[str, Any], said: str, refused: bool) -> None:
    assert gaps() == []
    [(message, error)] = gaps(**options)
    assert said in message
    assert error is refused
