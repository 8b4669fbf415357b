"""The paths for events: who may post, what a sender is told, and that what fails comes again."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from unit.container.serving_app import Answer, Client

from portable.compute.consume import Consumer
from portable.errors import EventError, Unavailable
from portable_container.runtime import messages
from portable_container.runtime.events import MOST, Endpoints, of_function, of_store
from portable_container.runtime.front import Front
from portable_container.runtime.paths import EVENTS, OBJECTS

CONTEXT = {"specversion": "1.0", "source": "/shop", "type": "order.placed"}


class Shop:
    """A function that takes messages, and the store of a bucket. `failing` are payloads that fail."""

    def __init__(self, token: str | None = None) -> None:
        self.handled: list[bytes] = []
        self.told: list[tuple[str, bool]] = []
        self.posted: list[bytes] = []
        self.failing: set[bytes] = set()
        consumer = Consumer("work", self.work)
        take = of_function(messages.handler(consumer, 5), lambda name, _, failed: self.told.append((name, failed)))
        below = {
            EVENTS: Endpoints(EVENTS, {"work": take}, token),
            OBJECTS: Endpoints(OBJECTS, {"photos": of_store(self.store)}, token),
        }
        self.app = Front(None, lambda: None, below)

    def work(self, message: Any, context: Any) -> None:
        if message.payload in self.failing:
            raise ValueError("not now")
        self.handled.append(message.payload)

    def store(self, body: bytes) -> None:
        if not body:
            raise EventError("what a store tells", "an empty body")
        if body == b"away":
            raise Unavailable("NATS is away")
        self.posted.append(body)

    def post(self, body: bytes, path: str = f"{EVENTS}work", method: str = "POST", **headers: str) -> Answer:
        return asyncio.run(Client(body).ask(self.app, path, method, content_length=str(len(body)), **headers))

    def send(self, *events: Mapping[str, Any], batch: bool = False) -> Answer:
        body = json.dumps(list(events) if batch else events[0]).encode()
        kind = "application/cloudevents-batch+json" if batch else "application/cloudevents+json"
        return self.post(body, content_type=kind)


def event(data: str, **more: Any) -> dict[str, Any]:
    return {**CONTEXT, "id": data, "datacontenttype": "text/plain", "data": data, **more}


def test_an_event_that_is_handled_is_done_and_one_that_fails_comes_again() -> None:
    shop = Shop()
    shop.failing.add(b"bad")
    assert shop.send(event("good"))[:1] == (204,)
    answer = shop.send(event("bad"))
    assert (answer.status, json.loads(answer.body)["failed"]) == (503, [{"source": "/shop", "id": "bad"}])
    assert shop.handled == [b"good"]
    assert shop.told == [("work", False), ("work", True)]


def test_the_last_attempt_that_the_sender_counts_is_given_up_and_done() -> None:
    shop = Shop()
    shop.failing.add(b"bad")
    assert shop.send(event("bad", portableattempt="3")).status == 204


def test_a_batch_says_which_of_its_events_should_come_again() -> None:
    shop = Shop()
    shop.failing.add(b"b")
    answer = shop.send(event("a"), event("b"), event("c", type="portable.tick"), event("d"), batch=True)
    told = json.loads(answer.body)
    assert answer.status == 503
    assert told["failed"] == [{"source": "/shop", "id": "b"}]
    assert [each["id"] for each in told["refused"]] == ["c"]
    assert shop.handled == [b"a", b"d"]
    assert shop.send(event("c", type="portable.tick")).status == 400
    assert shop.send(batch=True).status == 204


def test_a_batch_with_something_that_is_no_event_is_not_begun() -> None:
    shop = Shop()
    answer = shop.send(event("a"), {"id": "b"}, batch=True)
    assert (answer.status, shop.handled) == (400, [])
    assert "event 1 of the batch" in json.loads(answer.body)["detail"]


def test_no_more_is_read_than_may_be_sent() -> None:
    client = Client(b"x")
    path = f"{EVENTS}work"
    answer = asyncio.run(client.ask(Shop().app, path, "POST", content_length=str(MOST + 1)))
    assert (answer.status, client.asked) == (413, 0)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        (f"{EVENTS}other", "POST", 404),
        (EVENTS, "POST", 404),
        (f"{EVENTS}work", "GET", 405),
        (f"{OBJECTS}other", "POST", 404),
        ("/_portable/other", "POST", 404),
        ("/_portable/live", "GET", 200),
        ("/_portable/ready", "GET", 200),
        ("/elsewhere", "GET", 404),
    ],
)
def test_other_paths_and_methods(path: str, method: str, status: int) -> None:
    assert Shop().post(b"", path, method).status == status


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer s:cret"}, 204),
        ({"authorization": "bearer  s:cret"}, 204),
        ({"authorization": "Bearer s:cre"}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "s:cret"}, 401),
        ({"authorization": "Token s:cret"}, 401),
        ({"authorization": basic("s:cret")}, 204),
        ({"authorization": basic("other")}, 401),
        ({"authorization": "Basic %%%"}, 401),
        ({"authorization": "Bearer \xff"}, 401),
    ],
)
def test_a_token_is_asked_of_every_sender(sent: dict[str, str], status: int) -> None:
    shop = Shop("s:cret")
    kind = "application/cloudevents+json"
    assert shop.post(json.dumps(event("a")).encode(), content_type=kind, **sent).status == status
    assert shop.post(b"", f"{EVENTS}other", **sent).status == (401 if status == 401 else 404)
    assert len(shop.handled) == (status == 204)


def test_a_sender_that_asks_first_may_send() -> None:
    answer = Shop().post(b"", method="OPTIONS", webhook_request_origin="eventgrid.example", webhook_request_rate="100")
    assert (answer.status, answer.headers[b"allow"]) == (200, b"POST, OPTIONS")
    assert answer.headers[b"webhook-allowed-origin"] == b"eventgrid.example"


@pytest.mark.parametrize(("body", "status"), [(b"{}", 200), (b"", 400), (b"away", 503)])
def test_a_notification_of_a_store_is_stored_refused_or_comes_again(body: bytes, status: int) -> None:
    shop = Shop()
    assert shop.post(body, f"{OBJECTS}photos").status == status
    assert shop.posted == ([body] if status == 200 else [])
