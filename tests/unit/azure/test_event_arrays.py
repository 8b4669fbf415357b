"""An array of events in one delivery: each is handled, and what is of another kind fails alone."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from typing import Any

import pytest
from azure.functions import QueueMessage
from hypothesis import example, given
from hypothesis import strategies as st

from portable.compute.consume import Consumer
from portable.errors import EventError, PortableError, Unavailable
from portable.eventing.message import Message
from portable_azure.runtime import messages, objects
from portable_azure.testing.context import Invocation
from portable_azure.testing.messages import fed_message, queue_message


def grid(own: str, data: Any, kind: str = "orders.placed") -> dict[str, Any]:
    return {
        "id": own,
        "topic": "/t",
        "subject": "s",
        "eventType": kind,
        "eventTime": "2026-01-01T00:00:00Z",
        "data": data,
    }


def cloud(own: str, data: Any, kind: str = "orders.placed") -> dict[str, Any]:
    return {"specversion": "1.0", "id": own, "source": "/t", "type": kind, "data": data}


def blob(own: str, key: str, kind: str = "Microsoft.Storage.BlobCreated") -> dict[str, Any]:
    event = grid(own, {"url": f"https://a.blob.core.windows.net/photos/{key}"}, kind)
    return {**event, "subject": f"/blobServices/default/containers/photos/blobs/{key}"}


def array(*events: Any, attempt: int = 1) -> Any:
    return queue_message(json.dumps(events), Message("7", b"", attempt))


def payloads(event: Any, kind: str) -> list[tuple[str, bytes]]:
    return [(found.id, found.payload) for found in messages.decode(event, kind) if not isinstance(found, EventError)]


def deliver(consumer: Consumer, event: Any, kind: str, awaited: bool) -> None:
    if awaited:
        asyncio.run(messages.handler(consumer, 30, kind, awaited=True)(event, Invocation()))
    else:
        messages.handler(consumer, 30, kind)(event, Invocation())


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("make", [grid, cloud])
def test_every_event_of_an_array_in_a_topics_queue_is_handled(make: Any, awaited: bool) -> None:
    seen: list[Any] = []
    consumer = Consumer(
        "work", lambda message, context: seen.append((message.id, json.loads(message.payload), message.attempt))
    )
    deliver(consumer, array(make("a", 1), make("b", {"n": 2}), make("c", [3]), attempt=2), "topic", awaited)
    assert seen == [("a", 1, 2), ("b", {"n": 2}, 2), ("c", [3], 2)]


@pytest.mark.parametrize("awaited", [False, True])
def test_a_failing_event_of_an_array_neither_stops_the_others_nor_takes_them_to_the_dead_letters(awaited: bool) -> None:
    seen: list[str] = []
    buried: list[str] = []

    def call(message: Any, context: Any) -> None:
        seen.append(message.id)
        if message.id == "b":
            raise SystemExit(1)

    consumer = Consumer("work", call, 2, lambda message, attempts, error: buried.append(message.id))
    event = [grid("a", 1), grid("b", 2), grid("c", 3)]
    with pytest.raises(Unavailable, match="message b of work"):
        deliver(consumer, array(*event), "topic", awaited)
    deliver(consumer, array(*event, attempt=2), "topic", awaited)
    assert (seen, buried) == (["a", "b", "c"] * 2, ["b"])


@pytest.mark.parametrize("make", [grid, cloud])
def test_events_that_event_grid_put_into_a_queue_are_read_from_base64(make: Any) -> None:
    one = fed_message(json.dumps(make("a", {"n": 1})), Message("7", b"", 1))
    several = fed_message(json.dumps([make("a", 1), make("b", 2)]), Message("7", b"", 1))
    assert [payloads(event, "topic") for event in (one, several)] == [[("a", b'{"n":1}')], [("a", b"1"), ("b", b"2")]]
    assert payloads(one, "queue") == [("7", one.get_body())], "only Event Grid writes base64"


def test_a_bucket_event_that_event_grid_put_into_a_queue_is_read_from_base64() -> None:
    [(own, text)] = payloads(fed_message(json.dumps(blob("1", "ü x.jpg")), Message("7", b"", 1)), "object")
    assert (own, [found.key for found in objects.wanted(text, "created", "", "")]) == ("7", ["ü x.jpg"])


@given(st.binary().filter(lambda raw: raw.lstrip()[:1] not in (b"{", b"[")).map(b64encode))
@example(b"eyJ")
@example(b"eyJh!!!")
@example("eyJ ü".encode())
def test_what_is_base64_of_something_else_is_the_payload_itself(body: bytes) -> None:
    assert payloads(QueueMessage(id="7", body=body.decode()), "object") == [("7", body)]


def test_what_is_no_event_in_an_array_is_a_message_of_its_own_text() -> None:
    found = messages.decode(array(grid("a", 1), {"id": "b"}, 5), "topic")
    assert [(m.id, m.payload) for m in found if not isinstance(m, EventError)] == [
        ("a", b"1"),
        ("7-1", b'{"id":"b"}'),
        ("7-2", b"5"),
    ]


@pytest.mark.parametrize("body", ["[]", "[1, 2]", '[{"eventType": 5}]', "[", '["specversion"]', ' [{"id": "a"}]'])
def test_an_array_of_something_else_is_one_payload(body: str) -> None:
    for kind in ("topic", "queue"):
        [found] = messages.decode(QueueMessage(id="7", body=body), kind)
        assert not isinstance(found, EventError)
        assert (found.id, found.payload) == ("7", body.encode())


def test_an_array_in_an_apps_own_queue_is_its_payload() -> None:
    event = array(grid("a", 1), grid("b", 2))
    [found] = messages.decode(event, "queue")
    assert not isinstance(found, EventError)
    assert found.payload == event.get_body()


def test_of_events_straight_from_event_grid_the_readable_ones_are_handled() -> None:
    seen: list[str] = []
    consumer = Consumer("work", lambda message, context: seen.append(message.id))
    with pytest.raises(Unavailable):
        messages.handler(consumer, 30, "topic")(
            json.dumps([grid("a", 1), {"id": "no event"}, grid("c", 3)]), Invocation()
        )
    assert seen == ["a", "c"]
    with pytest.raises(EventError):
        messages.handler(consumer, 30, "topic")(json.dumps([{"id": "no event"}]), Invocation())


@pytest.mark.parametrize("awaited", [False, True])
def test_a_bucket_event_of_another_kind_fails_alone_and_is_a_dead_letter_alone(awaited: bool) -> None:
    seen: list[str] = []
    buried: list[Any] = []

    async def waiting(found: Any, context: Any) -> None:
        seen.append(found.key)

    bury = lambda message, attempts, error: buried.append((json.loads(message.payload)["id"], type(error)))  # noqa: E731
    inner = Consumer("index", waiting if awaited else lambda found, context: seen.append(found.key), 1, bury)
    consumer = objects.consumer(inner, "created", awaited=awaited)
    event = array(blob("1", "a.jpg"), blob("2", "b.jpg", "Microsoft.Storage.BlobDeleted"), blob("3", "c.jpg"))
    deliver(consumer, event, "object", awaited)
    assert (seen, buried) == (["a.jpg", "c.jpg"], [("2", EventError)])


def test_all_objects_of_an_event_are_tried_and_the_first_error_is_raised() -> None:
    seen: list[str] = []

    def call(found: Any, context: Any) -> None:
        seen.append(found.key)
        if found.key != "c.jpg":
            raise SystemExit(found.key)

    handle = objects.handler(call, "index", 30, "created")
    with pytest.raises(PortableError, match=r"SystemExit: a\.jpg"):
        handle(json.dumps([blob("1", "a.jpg"), blob("2", "b.jpg"), blob("3", "c.jpg")]), Invocation())
    assert seen == ["a.jpg", "b.jpg", "c.jpg"]
