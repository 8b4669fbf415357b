"""Streams: what can be declared, which key a record has, and the order in which many are sent."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable import AsyncStreamWriter, Record, Stream, StreamWriter
from portable.base.awaited import Awaited, at_once
from portable.errors import DeclarationError, InvalidValue, PortableError, TooLarge, Unavailable
from portable.eventing.memory import MemoryQueue
from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable.eventing.record import RecordBatch
from portable.eventing.stream_feed import from_queue
from portable.eventing.stream_memory import MemoryStream
from portable.eventing.stream_outgoing import key_of, of_distinct_keys, of_one_key, send_in_order

CLICKS = Stream("clicks", key="user")


class One:
    """The drivers of one stream."""

    def __init__(self, stream: MemoryStream) -> None:
        self.stream = stream

    def of(self, resource: Any) -> MemoryStream:
        return self.stream

    def async_of(self, resource: Any) -> Any:
        return Awaited(self.stream, at_once)


def writer(stream: Stream = CLICKS) -> tuple[StreamWriter, MemoryStream]:
    memory = MemoryStream(stream)
    return StreamWriter(stream, One(memory)), memory  # type: ignore[arg-type]


class Size(enum.Enum):
    SMALL = "small"


@dataclass
class Click:
    user: str
    page: str = "/"


def test_a_stream_and_its_trigger_say_what_is_wrong_with_them() -> None:
    trigger = CLICKS.records()
    assert (trigger.batch, trigger.window, trigger.start, CLICKS.ordered) == (100, 5, "latest", True)
    for wrong in ({"batch": 0}, {"batch": True}, {"window": -1}, {"window": 1.5}, {"start": "now"}):
        with pytest.raises(DeclarationError, match=f"{next(iter(wrong))}="):
            CLICKS.records(**wrong)  # type: ignore[arg-type]
    for key in ("", 1):
        with pytest.raises(DeclarationError, match="name of a field"):
            Stream("clicks", key=key)  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match="stream"):
        Stream("No Name")


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({"user": "ann"}, "ann"),
        (Click("bob"), "bob"),
        ({"user": 7}, "7"),
        ({"user": UUID(int=1)}, "00000000-0000-0000-0000-000000000001"),
        ({"user": Size.SMALL}, "small"),
        ({"user": "grüße 世界"}, "grüße 世界"),
        ({"user": "x" * 128}, "x" * 128),
        ({"user": "portable"}, "portable"),
    ],
)
def test_the_key_is_the_payloads_field(payload: Any, key: str) -> None:
    send, memory = writer()
    send.send(payload)
    assert memory.records[0].key == key


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"user": None},
        {"user": ""},
        {"user": True},
        {"user": 1.5},
        {"user": "x" * 129},
        {"user": "a\n"},
        {"user": []},
        "text",
        b"bytes",
        [1],
        None,
        3,
    ],
)
def test_a_payload_without_a_key_is_refused_before_anything_is_sent(payload: Any) -> None:
    send, memory = writer()
    with pytest.raises(InvalidValue, match="user"):
        send.send(payload)
    assert memory.records == []


def test_the_key_that_is_given_wins_and_a_stream_without_a_field_needs_one() -> None:
    send, memory = writer()
    send.send({"user": "ann"}, key="other")
    assert memory.records[0].key == "other"
    plain, memory = writer(Stream("plain"))
    with pytest.raises(InvalidValue, match='key="<field>"'):
        plain.send({"user": "ann"})
    for wrong in ("", 1, "a\x00"):
        with pytest.raises(InvalidValue, match="128"):
            plain.send("text", key=wrong)  # type: ignore[arg-type]
    plain.send("text", key="k", attributes={"a": "b"})
    assert [(found.payload, found.key, found.attributes, found.sequence) for found in memory.records] == [
        (b"text", "k", {"a": "b"}, "1")
    ]


def test_a_field_of_text_that_has_attributes_is_no_key() -> None:
    with pytest.raises(InvalidValue):
        key_of(Stream("stream", key="title"), "text", None)
    with pytest.raises(InvalidValue):
        key_of(Stream("stream", key="keys"), {"a": 1}, None)


def test_many_are_reported_with_the_index_of_each_that_was_not_sent() -> None:
    send, memory = writer()
    report = send.send_many([{"user": "a"}, {"no": 1}, {"user": "b"}, {"user": "a", "x": "x" * 50_000}])
    assert [(failure.index, type(failure.error)) for failure in report.failed] == [(1, InvalidValue), (3, TooLarge)]
    assert [found.id for found in memory.records] == list(report.sent)


def test_the_client_of_an_async_function_sends_the_same() -> None:
    import asyncio

    memory = MemoryStream(CLICKS)
    client = AsyncStreamWriter(CLICKS, One(memory))  # type: ignore[arg-type]

    async def send() -> None:
        own = await client.send({"user": "a"})
        report = await client.send_many([{"user": "b"}, {}])
        assert [found.id for found in memory.records] == [own, *report.sent]
        assert len(report.failed) == 1

    asyncio.run(send())


def test_each_reader_gets_every_record_from_where_it_starts() -> None:
    send, memory = writer()
    latest, oldest = (MemoryQueue(Queue(name, ordered=True)) for name in ("latest", "oldest"))
    first = send.send({"user": "portable-x"}, attributes={"a": "b"})
    memory.subscribe(latest)
    memory.subscribe(oldest, "oldest")
    second = send.send({"user": "portable"})
    found = [from_queue(received.message) for received in oldest.receive(10, 5)]
    assert [(record.id, record.key, record.sequence, record.attempt) for record in found] == [
        (first, "portable-x", "1", 1),
        (second, "portable", "2", 1),
    ]
    assert (found[0].attributes, json.loads(found[0].payload)) == ({"a": "b"}, {"user": "portable-x"})
    assert [received.message.id for received in latest.receive(10, 5)] == [second]


def test_a_stream_in_memory_goes_back_to_a_snapshot() -> None:
    send, memory = writer()
    send.send({"user": "a"})
    state = memory.snapshot()
    send.send({"user": "b"})
    memory.restore(state)
    assert [found.key for found in memory.records] == ["a"]
    send.send({"user": "c"})
    assert [found.sequence for found in memory.records] == ["1", "2"]


def message(key: str, body: bytes = b"") -> Outgoing:
    return Outgoing(body, False, {}, group=key)


def test_once_a_record_fails_none_of_its_key_is_sent() -> None:
    sent: list[str] = []
    fault = Unavailable("down")

    def send(batch: list[Outgoing]) -> list[str | PortableError]:
        sent.extend(found.body.decode() for found in batch)
        return [fault if found.body == b"a1" else found.body.decode() for found in batch]

    messages = [message(name[0], name.encode()) for name in ("a0", "b0", "a1", "a2", "b1")]
    outcomes = send_in_order(messages, of_distinct_keys(messages, 10, 10**6), send)
    assert sent == ["a0", "b0", "a1", "b1"]
    assert (outcomes[:3], outcomes[4]) == (["a0", "b0", fault], "b1")
    assert isinstance(outcomes[3], Unavailable)
    assert "overtake" in str(outcomes[3])
    assert outcomes[3].__cause__ is fault


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.integers(1, 5))
def test_requests_hold_each_key_once_and_keep_its_order(keys: list[str], most: int) -> None:
    messages = [message(key) for key in keys]
    requests = list(of_distinct_keys(messages, most, 10**9))
    assert all(len({keys[place] for place in request}) == len(request) <= most for request in requests)
    alone = list(of_one_key(messages, most, 10**9))
    assert all(len({keys[place] for place in request}) == 1 and len(request) <= most for request in alone)
    for found in (requests, alone):
        flat = [place for request in found for place in request]
        assert sorted(flat) == list(range(len(keys)))
        for key in "abcd":
            of_key = [place for place in flat if keys[place] == key]
            assert of_key == sorted(of_key)


def test_a_request_is_cut_where_it_would_be_too_large() -> None:
    messages = [message("k", b"x" * 48_000) for _ in range(9)]
    assert [len(request) for request in of_one_key(messages, 100, 200_000)] == [3, 3, 3]
    assert [len(request) for request in of_one_key(messages[:2], 100, 1)] == [1, 1]


def test_a_record_tells_itself_as_an_event_and_equals_its_twin() -> None:
    found = Record("1", b"{}", "k", "7", None, 2, {"source": "s"})
    event = found.as_event()
    assert (event.id, event.source, event.type, event.subject, event.data) == ("1", "s", "portable.record", "k", b"{}")
    twin = found.decoded(bytes)
    assert twin == found
    assert found.decoded(len) != found
    assert repr(found) == "Record(id='1', key='k', attempt=2, payload=b'{}')"
    assert RecordBatch().decoded(len) == []
