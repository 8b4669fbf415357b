"""Messages of JetStream that nobody expects: names of headers that the server uses itself, groups where there are none, and sizes."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hosts.container_work import made, until, working

from portable.compute.consume import Consumer
from portable.errors import TooLarge
from portable.eventing import deadletters
from portable.eventing.driver import Received
from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing
from portable.eventing.queue import Queue
from portable_container.runtime import messages
from portable_container.runtime.eventing import queue_driver
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_streams import make_queue


@pytest.fixture(scope="module")
def nats(nats_url: str) -> Iterator[Nats]:
    found = Nats(nats_url)
    yield found
    found.close()


@pytest.mark.parametrize("status", ["404", "503", "100"])
def test_an_attribute_that_is_called_as_the_servers_own_header_is_one(nats: Nats, status: str) -> None:
    """The server says "Status: 404" when a request for messages ends."""
    queue, came = made(nats, f"status-{status}"), []
    sent = Outgoing(b"x", False, {"Status": status})
    queue.send(sent)
    received: list[Received] = []
    until(lambda: received.extend(queue.receive(1, 5)) or bool(received))  # type: ignore[func-returns-value]
    assert [found.message.attributes for found in received] == [{"Status": status}]
    queue.acknowledge([received[0].receipt])
    queue.send(sent)
    with working(nats, queue, lambda found: came.append(found.data) or True) as told:  # type: ignore[func-returns-value]
        until(lambda: came == [b"x"])
    assert told == []


def test_a_dead_letter_of_a_group_is_stored_and_goes_back_to_its_group(nats: Nats) -> None:
    steps = Queue("grouped", ordered=True)
    addresses = "foreign_dev_queue_grouped", "foreign_dev_queue_grouped-poison"
    queues = [
        queue_driver(queue, address, nats)
        for queue, address in zip((steps, steps.dead_letters), addresses, strict=True)
    ]
    for driver, address in zip(queues, addresses, strict=True):
        make_queue(nats, driver.queue, address)
    source, dead = queues
    taker = messages.handler(Consumer("f", _fail, 1, lambda *failed: dead.send(deadletters.dead_letter(*failed))), 30)
    with working(nats, source, taker.take):
        source.send(Outgoing(b"a", False, {}, group="a"))
        source.send(Outgoing(b"whole", False, {}, group="portable"))
        until(lambda: dead.count() == 2)
    assert deadletters.redrive(dead, source) == 2
    back = [received.message for received in source.receive(16, 5)]
    assert {(message.payload, message.group) for message in back} == {(b"a", "a"), (b"whole", None)}


@pytest.mark.parametrize(
    "headers",
    [
        {"portable-group": "nobody"},
        {"portable-more": '{"a\\r\\nb": "c", "": "d", "e:f": "g", "h": "\\ud800"}'},
        {"portable": '{"id": "\\ud800"}'},
        {"portable-id": ""},
        {"portable-more": "[" * 5000},
    ],
)
def test_a_foreign_message_that_fails_becomes_a_dead_letter(nats: Nats, headers: dict[str, str]) -> None:
    source, dead = made(nats, "foreign"), made(nats, "foreign-poison")
    before = dead.count()
    taker = messages.handler(Consumer("f", _fail, 1, lambda *failed: dead.send(deadletters.dead_letter(*failed))), 30)
    with working(nats, source, taker.take):
        nats.ask(source.at.subject, b"x", headers)
        until(lambda: dead.count() == before + 1)
        until(lambda: source.count() == 0)


def test_a_message_that_is_too_large_with_its_headers_does_not_cost_the_connection(nats: Nats) -> None:
    queue = made(nats, "large")
    client = nats.connected()
    with pytest.raises(TooLarge):
        queue.send(Outgoing(b"x" * client.max_payload, False, {"a": "b"}))
    assert nats.connected() is client
    assert client.is_connected
    assert queue.count() == 0


def test_a_foreign_message_that_fills_all_the_server_takes_becomes_a_dead_letter_and_goes_back(
    nats: Nats, caplog: pytest.LogCaptureFixture
) -> None:
    source, dead = made(nats, "full"), made(nats, "full-poison")
    bury = deadletters.to(dead.queue, SimpleNamespace(of=lambda _queue: dead))  # type: ignore[arg-type]
    most = nats.connected().max_payload
    headers = {"kind": "a" * 900, "portable-id": "own"}
    size = 14 + sum(len(name) + len(value) + 4 for name, value in headers.items())
    whole, beside, full = b"w" * 1000, b"b" * (most - size), b"f" * most
    taker = messages.handler(Consumer("f", _fail, 1, bury), 30)
    with working(nats, source, taker.take):
        for body, sent in ((whole, headers), (beside, headers), (full, None)):
            nats.ask(source.at.subject, body, sent)
        until(lambda: dead.count() == 3)
        until(lambda: source.count() == 0)
    told = {"portable-attempts": "1"}
    received = {found.message.payload: found for found in dead.receive(9, 0)}
    assert received[whole].message.attributes == {
        "kind": "a" * 900,
        "portable-error": "no",
        "portable-error-type": "ValueError",
        **told,
    }
    assert (received[beside].message.id, received[beside].message.attributes) == ("own", told)
    assert received[full].message.attributes == {}
    assert "so large that its attributes and its error are left out" in caplog.text
    assert "so large that all but its body is left out" in caplog.text
    assert deadletters.redrive(dead, source) == 3
    assert dead.count() == 0
    assert {found.message.payload for found in source.receive(9, 5)} == {whole, beside, full}


def _fail(_message: Message[bytes], _context: object) -> None:
    raise ValueError("no")
