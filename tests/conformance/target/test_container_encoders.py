"""The test kit's encoders against nats-server: what they make of an event is what the server delivers for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from nats.aio.msg import Msg
from servers.waiting import until

from portable.base.values import replace
from portable.conformance.queue_cases import PAYLOADS, TRACE
from portable.eventing.outgoing import prepare
from portable.eventing.queue import Queue
from portable.eventing.schedule import Tick
from portable.eventing.stream import Stream
from portable.storage.event import StoredObject
from portable_container.runtime.eventing import queue_driver, stream_driver
from portable_container.runtime.eventing_wire import UNIQUE, read, read_record
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_consuming import Consuming
from portable_container.runtime.nats_names import Address, address_of
from portable_container.runtime.nats_streams import consumers, make, make_queue, of_stream, of_topic
from portable_container.testing.messages import encode_message, encode_record
from portable_container.testing.objects import encode_object
from portable_container.testing.schedule import encode_tick

PLAIN, ORDERED, CLICKS = Queue("plain"), Queue("grouped", ordered=True), Stream("clicks")
ATTRIBUTES = {"kind": "a b", "Kind-2": "grüße 世界", "under_score": " a ", "quotes": '"%":'}
SENT = {
    **{name: prepare(payload, {}) for name, payload in PAYLOADS.items()},
    "attributes": prepare("x", ATTRIBUTES),
    "a trace": replace(prepare("x", {"k": "v"}), trace=TRACE),
    "a dead letter": replace(
        prepare("x", {}), id="kept", marks={"attempts": "3", "error": "less\nthan", "error_type": "E"}
    ),
}


@pytest.fixture(scope="module")
def nats(nats_url: str) -> Iterator[Nats]:
    found = Nats(nats_url)
    yield found
    found.close()


def shape(found: Msg) -> tuple[Any, ...]:
    """Return what tells one delivery from another, without the server's clock."""
    told = found.metadata
    place = (told.stream, told.consumer, told.num_delivered, told.sequence.stream)
    return found.subject, found.headers, found.data, *place, found.reply.count(".")


def taken(nats: Nats, at: Address, *, partitioned: bool = False) -> Msg:
    consuming = Consuming(nats, at, "the test", partitioned=partitioned)
    [found] = until(lambda: consuming.take(1), bool)
    consuming.acknowledge([found.reply])
    return found


@pytest.fixture(scope="module")
def plain(nats: Nats) -> Address:
    make_queue(nats, PLAIN, "enc_dev_queue_plain")
    return address_of("enc_dev_queue_plain")


@pytest.mark.parametrize("name", SENT)
def test_a_message_is_what_the_server_delivers(nats: Nats, plain: Address, name: str) -> None:
    queue_driver(PLAIN, plain.stream, nats).send(SENT[name])
    found = taken(nats, plain)
    message = read(found)
    made = encode_message(message, plain)
    assert read(made) == replaced(message, sent_at=read(made).sent_at)
    assert abs((read(made).sent_at - message.sent_at).total_seconds()) < 0.001
    if name != "a dead letter":  # the kit knows it as a message with these attributes, not as one of ours
        assert (made.subject, made.headers, made.data) == (found.subject, found.headers, found.data)
    assert shape(made)[3:6] == shape(found)[3:6]


def replaced(message: Any, **fields: Any) -> Any:
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def test_the_second_delivery_of_a_group_is_told(nats: Nats) -> None:
    make_queue(nats, ORDERED, "enc_dev_queue_grouped")
    at = address_of("enc_dev_queue_grouped")
    driver = queue_driver(ORDERED, at.stream, nats)
    driver.send(replace(prepare("x", {}), group="grüße 世界"))
    consuming = Consuming(nats, at, "the test", partitioned=True)
    [first] = until(lambda: consuming.take(1), bool)
    consuming.hide([first.reply], 0)
    [second] = until(lambda: consuming.take(1), bool)
    message = read(second)
    assert (message.attempt, message.group) == (2, "grüße 世界")
    made = encode_message(message, at)
    assert (made.subject, made.headers, made.data) == (second.subject, second.headers, second.data)
    assert shape(made)[3:6] == shape(second)[3:6]


@pytest.mark.parametrize("name", ["text", "bytes", "no bytes", "attributes", "a trace"])
def test_a_record_is_what_the_server_delivers(nats: Nats, name: str) -> None:
    address = "enc_dev_stream_clicks"
    make(nats, of_stream(address), consumers(f"{address}/follow", partitioned=True, start="new"))
    stream_driver(CLICKS, address, nats).send(replace(SENT[name], group="ann"))
    at = address_of(f"{address}/follow")
    found = taken(nats, at, partitioned=True)
    made = encode_record(read_record(found), at)
    assert shape(made) == shape(found)


def test_what_is_published_without_headers_has_none(nats: Nats) -> None:
    address = "enc_dev_bucket_files"
    make(nats, of_topic(address), consumers(f"{address}/arrived", partitioned=False, start="new"))
    at = address_of(f"{address}/arrived")
    made = encode_object(StoredObject("files", "a b/ü.txt", 3, "e", "1"), "created", at, 1)
    nats.ask(at.subject, made.data)
    found = taken(nats, at)
    assert (found.subject, found.headers, found.data) == (made.subject, made.headers, made.data)
    assert b'"key": "a+b%2F%C3%BC.txt"' in made.data


def test_a_due_moment_is_stored_once_and_delivered_as_it_was_published(nats: Nats) -> None:
    address = "enc_dev_ticks_go"
    make_queue(nats, Queue("go"), address)
    at = address_of(address)
    made = encode_tick(Tick(datetime(2025, 3, 30, 3, 30, tzinfo=UTC)), at)
    for _ in range(2):
        nats.ask(at.subject, made.data, made.headers)
    found = taken(nats, at)
    assert shape(found)[:3] == shape(made)[:3]
    assert found.headers == {UNIQUE: "2025-03-30T03:30:00+00:00"}
    assert Consuming(nats, at, "the test", partitioned=False).take(1) == []
