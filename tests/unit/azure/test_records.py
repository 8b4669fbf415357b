"""Events of event hubs: what is read, tries within a call, and what is declared to the host."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.functions import EventHubEvent, QueueMessage
from azure.functions.meta import Datum
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from unit.azure.azure_models import app, made

from portable.compute.consume import Consumer
from portable.errors import EventError, NotFound, PermissionDenied, Throttled, Timeout, TooLarge, Unavailable
from portable.eventing.record import Record
from portable.tooling.app.model import FunctionModel, Parameter
from portable.tooling.problems import problems
from portable.tooling.target import Options
from portable_azure.deploy.target import target
from portable_azure.runtime import records
from portable_azure.runtime.errors import classify
from portable_azure.testing.context import Invocation
from portable_azure.testing.records import Stored, encode_records, hub_events

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
RECORDS = st.lists(
    st.builds(
        Record,
        st.uuids().map(str),
        st.binary(max_size=40),
        TEXT,
        st.integers(0, 10**6).map(str),
        st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        st.none(),
        st.dictionaries(st.from_regex(r"[a-z]{3,10}", fullmatch=True), TEXT, max_size=3),
        st.none() | st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ),
    min_size=1,
    max_size=4,
)


@given(RECORDS)
def test_records_are_read_as_they_were_sent(sent: list[Record[bytes]]) -> None:
    assert records.decode(encode_records(sent)) == sent


def test_a_foreign_event_has_the_id_of_its_place_and_its_properties_as_text() -> None:
    stored = Stored(b"raw", None, {"a": "b", "n": 7}, "42")  # type: ignore[dict-item]
    (found,) = records.decode(hub_events([stored]))
    assert (found.id, found.key, found.sequence, found.payload) == ("0:42", None, "42", b"raw")
    assert found.attributes == {"a": "b", "n": "7"}


def test_an_event_without_its_metadata_is_read_all_the_same() -> None:
    (found,) = records.decode([EventHubEvent(body=b"x")])
    (twin,) = records.decode(EventHubEvent(body=b"x"))
    assert (found.payload, found.key, found.sequence, found.sent_at) == (b"x", None, None, None)
    assert found.id == twin.id != ""


@pytest.mark.parametrize("told", ["no json", "[]", "7", json.dumps([{"a": 1}, {}])])
def test_metadata_that_are_none_are_left_out(told: str) -> None:
    event = EventHubEvent(body=b"x", trigger_metadata={"PropertiesArray": Datum(told, "string")})
    assert records.decode([event])[0].attributes == {}


@pytest.mark.parametrize("event", [None, [], "text", [QueueMessage(body=b"x")], {"a": 1}, [1]])
def test_another_event_is_refused(event: Any) -> None:
    with pytest.raises(EventError, match="events of an event hub"):
        records.handler(Consumer("work", lambda found, context: None), 30)(event, Invocation())


def three() -> list[EventHubEvent]:
    return encode_records([Record(name, name.encode(), name[0], str(n)) for n, name in enumerate(("a1", "b1", "a2"))])


@pytest.mark.parametrize("awaits", [False, True])
def test_what_fails_is_tried_again_in_the_same_call_and_the_checkpoint_waits(awaits: bool) -> None:
    calls: list[tuple[str, int]] = []
    buried: list[str] = []

    def call(found: Any, context: Any) -> None:
        calls.append((found.id, found.attempt))
        if found.id == "a1":
            raise KeyError("k")

    async def async_call(found: Any, context: Any) -> None:
        call(found, context)

    def bury(found: Any, attempts: int, error: Any) -> None:
        buried.append(found.id)

    consumer = Consumer("work", async_call if awaits else call, 3, bury, True, 0.001)
    if awaits:
        asyncio.run(records.handler(consumer, 30, awaited=True)(three(), Invocation()))
    else:
        records.handler(consumer, 30)(three(), Invocation())
    assert calls == [("a1", 1), ("b1", 1), ("a1", 2), ("a1", 3), ("a2", 1)]
    assert buried == ["a1"]


def test_when_the_time_is_up_the_call_fails_and_the_next_one_goes_on() -> None:
    calls: list[tuple[str, int]] = []

    def call(found: Any, context: Any) -> None:
        calls.append((found.id, found.attempt))
        if len(calls) < 3:
            context._ends -= 20.0  # as if it had taken so long
        if found.id == "a1" and found.attempt == 1:
            raise KeyError("k")

    handle = records.handler(Consumer("work", call, 3, None, True, 0.001), 45)
    with pytest.raises(Timeout, match=r"2 of 3 records unfinished \(a1, a2\).*retry policy"):
        handle(three(), Invocation())
    handle(three(), Invocation())
    assert calls == [("a1", 1), ("b1", 1), ("a1", 2), ("a2", 1)]


def test_a_function_of_a_batch_gets_it_whole_and_then_what_failed() -> None:
    seen: list[list[str]] = []

    def call(found: Any, context: Any) -> Any:
        seen.append([record.id for record in found])
        return ["b1"] if len(seen) == 1 else None

    records.handler(Consumer("work", call, 3, None, True, 0.001), 30, True)(three(), Invocation())
    assert seen == [["a1", "b1", "a2"], ["b1"]]


def stream(name: str, batch: int = 100, window: int = 5, start: str = "latest", **more: Any) -> FunctionModel:
    trigger = {"kind": "stream", "ordered": True, "stream": "clicks", "batch": batch, "window": window, "start": start}
    return made(name, trigger, **more)


OPTIONS = Options("3.13", "x86_64", {})


def test_the_host_is_told_of_batches_and_of_where_to_begin() -> None:
    def hubs(*functions: FunctionModel) -> Any:
        return json.loads(target.plan(app(*functions), OPTIONS).files["host.json"])["extensions"]["eventHubs"]

    assert hubs(stream("one")) == {
        "maxEventBatchSize": 100,
        "minEventBatchSize": 100,
        "maxWaitTime": "00:00:05",
        "initialOffsetOptions": {"type": "fromEnd"},
    }
    assert hubs(stream("one", 10, 0, "oldest")) == {
        "maxEventBatchSize": 10,
        "initialOffsetOptions": {"type": "fromStart"},
    }


def test_what_an_app_cannot_have_is_said_by_name() -> None:
    def told(*functions: FunctionModel) -> list[tuple[str, bool]]:
        return [(problem.message, problem.error) for problem in problems(app(*functions), target, OPTIONS)]

    assert told(stream("one"), stream("two")) == []
    [(start, refused)] = told(stream("one"), stream("two", start="oldest"))
    assert "records(start=…)" in start
    assert refused
    [(batch, refused)] = told(stream("one"), stream("two", batch=10))
    assert "records(batch=…) on Azure: 10, the smallest" in batch
    assert not refused
    assert "600 s" in told(stream("one", window=601))[0][0]


def test_each_function_has_a_consumer_group_a_hub_and_a_connection_of_its_own() -> None:
    function = replace(stream("count-clicks"), parameters=(Parameter("records", "event", "list[Record]"),))
    plan = target.plan(app(function), OPTIONS)
    assert plan.functions[0].details == {
        "type": "eventHubTrigger",
        "setting": "PORTABLE_FEED_COUNT_CLICKS",
        "connection": "PORTABLE_HUB_COUNT_CLICKS",
        "consumer_group": "PORTABLE_GROUP_COUNT_CLICKS",
    }
    source = plan.generated()["function_app.py"]
    assert "from typing import List as _List" in source
    assert "_List[_azure.EventHubEvent]" in source
    assert 'cardinality="many"' in source
    assert 'max_retry_count="-1"' in source


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("AuthenticationError", "no", PermissionDenied),
        ("OperationTimeoutError", "late", Timeout),
        ("ConnectError", "amqp:not-found", NotFound),
        ("ConnectError", "amqp:unauthorized-access", PermissionDenied),
        ("ConnectError", "com.microsoft:server-busy", Throttled),
        ("EventDataSendError", "amqp:link:message-size-exceeded", TooLarge),
        ("ConnectionLostError", "detached", Unavailable),
        ("EventHubError", "something", Unavailable),
    ],
)
def test_errors_of_the_sdk_are_those_of_the_tree(name: str, said: str, kind: type[Exception]) -> None:
    exceptions = pytest.importorskip("azure.eventhub.exceptions")
    assert classify(getattr(exceptions, name)(said)) is kind
    assert classify(KeyError("k")) is None
