"""Records of Kinesis on Lambda: what is read, what is reported, and what a process remembers between deliveries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.aws.aws_samples import NativeContext, kinesis, kinesis_record, sqs

from portable.compute.consume import Consumer
from portable.errors import EventError, PortableError, Throttled, TooLarge
from portable.eventing.envelope import read_queue_text
from portable.eventing.outgoing import Outgoing
from portable.eventing.record_wire import as_body
from portable.eventing.stream import Stream
from portable_aws.runtime import records
from portable_aws.runtime.eventing_streams import KinesisStream


def report(reply: Any) -> list[str]:
    assert list(reply) == ["batchItemFailures"]
    return [item["itemIdentifier"] for item in reply["batchItemFailures"]]


def batch(*names: str) -> dict[str, Any]:
    """Return an event of records: "a1" is one with the key a and the sequence number of its place."""
    return kinesis(*(kinesis_record(str(100 + n), name.encode(), name[0]) for n, name in enumerate(names)))


def test_a_record_is_read_whole() -> None:
    (found,) = records.decode(kinesis(kinesis_record("7", b"\x00\xff", "grüße")))
    assert not isinstance(found, EventError)
    assert (found.id, found.payload, found.key, found.sequence) == ("shardId-000000000000:7", b"\x00\xff", "grüße", "7")
    assert found.sent_at is not None
    assert found.sent_at.isoformat() == "2026-01-01T00:00:00.500000+00:00"
    assert (found.attempt, found.attributes, found.trace) == (None, {}, None)


def test_the_lowest_record_that_is_not_finished_is_reported_and_finished_ones_are_not_handled_again() -> None:
    calls: list[tuple[str, int]] = []
    buried: list[str] = []

    def call(found: Any, context: Any) -> None:
        calls.append((found.payload.decode(), found.attempt))
        if found.payload == b"a1":
            raise KeyError("k")

    consumer = Consumer("work", call, 2, lambda found, attempts, error: buried.append(found.id), True)
    handle = records.handler(consumer)
    event = batch("b1", "a1", "b2", "a2")
    assert report(handle(event, NativeContext())) == ["101"]
    again = {"Records": event["Records"][1:]}
    assert report(handle(again, NativeContext())) == []
    assert calls == [("b1", 1), ("a1", 1), ("b2", 1), ("a1", 2), ("a2", 1)]
    assert buried == ["shardId-000000000000:101"]
    assert report(handle(batch("b1"), NativeContext())) == []
    assert calls[-1] == ("b1", 1)  # Lambda knew that it was done: what comes again now was asked for


@pytest.mark.parametrize("whole", [False, True], ids=["one", "batch"])
def test_a_record_that_cannot_be_read_is_reported_and_costs_the_others_nothing(whole: bool) -> None:
    handled: list[str] = []

    def call(found: Any, context: Any) -> None:
        handled.extend(one.payload.decode() for one in (found if whole else [found]))

    handle = records.handler(Consumer("work", call, 3, None, True), whole)
    event = batch("a1", "b1", "c1", "d1")
    event["Records"][1]["kinesis"]["data"] = "no base64!"
    assert report(handle(event, NativeContext())) == ["101"]
    assert handled == ["a1", "c1", "d1"]
    assert report(handle({"Records": event["Records"][1:]}, NativeContext())) == ["101"]
    assert handled == ["a1", "c1", "d1"]
    foreign = {"Records": [*batch("e1")["Records"], sqs()["Records"][0]]}
    with pytest.raises(EventError, match="Kinesis"):
        handle(foreign, NativeContext())
    assert handled[-1] == "e1"


def test_another_process_begins_to_count_anew() -> None:
    seen: list[int] = []

    def call(found: Any, context: Any) -> None:
        seen.append(found.attempt)
        raise KeyError("k")

    for _ in range(2):
        handle = records.handler(Consumer("work", call))
        assert report(handle(batch("a1"), NativeContext())) == ["100"]
    assert seen == [1, 1]


def test_a_function_of_a_batch_gets_it_whole() -> None:
    seen: list[list[bytes]] = []

    def call(found: Any, context: Any) -> list[Any]:
        seen.append([record.payload for record in found])
        return [found[1]]

    handle = records.handler(Consumer("work", call), True)
    assert report(handle(batch("a1", "b1", "c1"), NativeContext())) == ["101"]
    assert seen == [[b"a1", b"b1", b"c1"]]


@pytest.mark.parametrize("event", [sqs(), {}, {"Records": []}, None, [], {"Records": [{"eventSource": "aws:kinesis"}]}])
def test_another_event_is_refused_by_name(event: Any) -> None:
    with pytest.raises(EventError, match="records of a Kinesis stream"):
        records.handler(Consumer("work", lambda found, context: None))(event, NativeContext())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    st.one_of(TEXT.map(lambda text: (text.encode(), True)), st.binary(max_size=40).map(lambda body: (body, False))),
    st.dictionaries(st.from_regex(r"[a-zA-Z][a-zA-Z0-9_-]{0,20}", fullmatch=True), TEXT.filter(bool), max_size=3),
    st.none() | st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
)
def test_whatever_is_written_is_read_back(
    content: tuple[bytes, bool], attributes: dict[str, str], trace: str | None
) -> None:
    attributes = {
        name: value for name, value in attributes.items() if not name.lower().startswith(("portable", "trace"))
    }
    body, text = content
    written, own = as_body(Outgoing(body, text, attributes, trace, group="k"), "/x")
    if not attributes and trace is None and body and own is None:
        assert written == body
    found = read_queue_text("provider", written)
    assert (found.payload, found.attributes, found.trace) == (body, attributes, trace)
    assert found.id == (own or "provider")


class Api:
    """Kinesis as boto3 shows it: `refused` are error codes that the next records of a request get, by their body."""

    def __init__(self, refused: dict[bytes, list[str]]) -> None:
        self.refused = refused
        self.requests: list[list[bytes]] = []
        self.stored: list[bytes] = []

    def call(self, method: str, what: str, request: dict[str, Any], again: Any = None) -> Any:
        assert method == "put_records"
        self.requests.append([entry["Data"] for entry in request["Records"]])
        return {"Records": [self._take(entry) for entry in request["Records"]]}

    def _take(self, entry: dict[str, Any]) -> dict[str, Any]:
        codes = self.refused.get(entry["Data"], [])
        if codes:
            return {"ErrorCode": codes.pop(0), "ErrorMessage": "not now"}
        self.stored.append(entry["Data"])
        return {"ShardId": "s", "SequenceNumber": str(len(self.stored))}

    @property
    def calls(self) -> Any:
        from portable.base.calls import Calls

        return Calls(lambda error: None, lambda: 0.6, first=0.001)


def send(refused: dict[bytes, list[str]], names: Sequence[str]) -> tuple[Api, list[str | PortableError]]:
    api = Api(refused)
    driver = KinesisStream(Stream("clicks"), "clicks", api)  # type: ignore[arg-type]
    return api, driver.send_many([Outgoing(name.encode(), True, {}, group=name[0]) for name in names])


def test_a_record_that_was_throttled_is_sent_again_before_the_next_of_its_key() -> None:
    api, outcomes = send({b"a1": ["ProvisionedThroughputExceededException", "InternalFailure"]}, ["a1", "b1", "a2"])
    assert api.stored == [b"b1", b"a1", b"a2"]
    assert api.requests == [[b"a1", b"b1"], [b"a1"], [b"a1"], [b"a2"]]
    assert outcomes == ["s:2", "s:1", "s:3"]


def test_a_record_that_is_throttled_until_the_deadline_is_reported_with_those_behind_it() -> None:
    api, outcomes = send({b"a1": ["ProvisionedThroughputExceededException"] * 99_999}, ["a1", "b1", "a2", "b2"])
    assert api.stored == [b"b1", b"b2"]
    assert isinstance(outcomes[0], Throttled)
    assert "overtake" in str(outcomes[2])


def test_a_record_that_cannot_be_stored_is_not_tried_again() -> None:
    api, outcomes = send({b"a1": ["RequestEntityTooLarge"] * 9}, ["a1"])
    assert len(api.requests) == 1
    assert isinstance(outcomes[0], TooLarge)


def test_a_reply_is_json() -> None:
    handle = records.handler(Consumer("work", lambda found, context: None))
    assert json.loads(json.dumps(handle(batch("a1"), NativeContext()))) == {"batchItemFailures": []}
