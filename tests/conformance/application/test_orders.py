"""One application (samples/orders) on every set of drivers: what it does must not depend on where it runs."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conformance.application.worlds import WORLDS
from hosts.application import Answer, Running

from portable.compute import dispatch
from portable.compute.consume import Consumer, consume
from portable.compute.context import Context
from portable.eventing.message import Message
from portable.eventing.queue_clients import QueueSender
from portable.eventing.request import Request
from portable.eventing.schedule import Tick
from portable.persistence.clients import TableReadWriter
from portable.persistence.idempotency import Idempotent
from portable.persistence.idempotency_calls import MessageCall, RequestCall
from portable.testing.app import App, load_modules

SOURCE = Path(__file__).parents[3] / "samples" / "orders" / "app.py"
NAME = "orders_of_the_samples"


def load() -> Any:
    if NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(NAME, SOURCE)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[NAME] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[NAME])
    return sys.modules[NAME]


shop = load()


@pytest.fixture(scope="session")
def app() -> App:
    return load_modules([shop])


@pytest.fixture(scope="module", params=WORLDS)
def running(request: pytest.FixtureRequest, app: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp(request.param)
    with (
        pytest.MonkeyPatch.context() as patch,
        WORLDS[request.param](folder, app, patch, request.getfixturevalue) as world,
    ):
        started = Running(app, world, {"payment-limit": "50000"})
        yield started
        started.close()


def order(running: Running, customer: str, key: str, **counts: int) -> Answer:
    body = {"customer": customer, "lines": [{"sku": sku, "count": count} for sku, count in counts.items()]}
    return running.http("POST", "/orders", body, key=key)


def rows(running: Running, table: Any) -> list[Any]:
    client: TableReadWriter[Any] = TableReadWriter(table, running.drivers)  # type: ignore[arg-type]
    items, page = [], None
    while True:
        answer = client.scan(page=page)
        items += answer.items
        page = answer.next
        if page is None:
            return items


def shelf(running: Running, *skus: str) -> list[tuple[int, int]]:
    answers = [running.http("GET", f"/stock/{sku}").json for sku in skus]
    return [(answer["free"], answer["held"]) for answer in answers]


def pages(running: Running, status: str, limit: int) -> list[str]:
    customers: list[str] = []
    page = None
    while True:
        answer = running.http("GET", "/orders", status=status, limit=limit, **({"page": page} if page else {})).json
        assert len(answer["orders"]) <= limit
        customers += [order["customer"] for order in answer["orders"]]
        page = answer["next"]
        if page is None:
            return customers


def test_orders_stock_payments_and_reports_are_the_same_everywhere(running: Running) -> None:
    for sku, count, price in (("tea", 10, 250), ("cup", 4, 900), ("piano", 2, 90_000)):
        assert running.http("PUT", f"/stock/{sku}", count=count, price=price).status == 204

    # intake: all of the stock or nothing, one order for one key
    first = order(running, "ada", "k-1", tea=3, cup=1)
    assert (first.status, first.json["total"], first.json["status"]) == (201, 1650, "new")
    assert order(running, "ada", "k-1", tea=3, cup=1) == first
    assert order(running, "ada", "k-1", tea=1).status == 422
    assert order(running, "ben", "k-2", tea=1, cup=4).status == 409
    assert order(running, "ben", "k-3", violin=1).status == 422
    assert order(running, "ben", "k-4", tea=0).status == 422
    assert running.http("POST", "/orders", {"customer": 1}, key="k-5").json["at"] == "body.customer"
    assert shelf(running, "tea", "cup", "piano") == [(7, 3), (3, 1), (2, 0)]
    for number, name in enumerate(("cleo", "dan", "eve")):
        assert order(running, name, f"k-{10 + number}", tea=1).status == 201
    declined = order(running, "bob", "k-6", piano=1, cup=1)
    assert declined.status == 201
    eventually(lambda: pages(running, "new", 2), ["ada", "cleo", "dan", "eve", "bob"])

    # duplicates of a payment, side by side with the first
    due = shop.Payment("ada", first.json["id"], 1650)
    QueueSender(shop.payments, running.drivers).send_many([due, due])  # type: ignore[arg-type]
    running.settle()

    paid = running.http("GET", f"/orders/ada/{first.json['id']}").json
    assert (paid["status"], paid["total"]) == ("paid", 1650)
    assert paid["lines"] == [{"sku": "tea", "count": 3}, {"sku": "cup", "count": 1}]
    assert running.http("GET", f"/orders/bob/{declined.json['id']}").json["status"] == "cancelled"
    assert sorted((row["customer"], row["amount"]) for row in rows(running, shop.ledger)) == [
        ("ada", 1650),
        ("cleo", 250),
        ("dan", 250),
        ("eve", 250),
    ]
    assert {row["currency"] for row in rows(running, shop.ledger)} == {"EUR"}
    assert shelf(running, "tea", "cup", "piano") == [(4, 6), (3, 1), (2, 0)]

    # the declined payment: three attempts, then a dead letter that gave the stock back
    assert [attempt for name, attempt in running.deliveries if name == "give-up"] == [1]
    tries = [attempt for name, attempt in running.deliveries if name == "pay"]
    assert sorted(tries)[-2:] == [2, 3]
    totals = {row["entry"]: row["count"] for row in rows(running, shop.figures) if row["entry"].startswith("total/")}
    assert totals == {"total/placed": 5, "total/paid": 4, "total/cancelled": 1}
    assert sorted(row["to"] for row in rows(running, shop.letters)) == ["ada", "cleo", "dan", "eve"]

    eventually(lambda: pages(running, "paid", 3), ["ada", "cleo", "dan", "eve"])
    eventually(lambda: pages(running, "new", 3), [])
    running.tick("nightly", Tick(datetime(2026, 3, 2, 2, 0, tzinfo=UTC)))
    [report] = [row for row in rows(running, shop.figures) if row["entry"] == "report"]
    assert report == {"day": "2026-03-02", "entry": "report", "count": {"paid": 4, "cancelled": 1}, "earned": 2400}

    # a hold that has ended is no row
    held: TableReadWriter[Any] = TableReadWriter(shop.holds, running.drivers)  # type: ignore[arg-type]
    assert len(rows(running, shop.holds)) == 4
    held.put({"order": "old", "customer": "x", "ends": datetime.now(UTC) - timedelta(seconds=1)})
    assert held.get("old", default=None) is None
    assert len(rows(running, shop.holds)) == 4


def eventually(look: Callable[[], Any], wanted: Any) -> None:
    """Wait for what an index may show late."""
    end = time.monotonic() + 5
    while (seen := look()) != wanted and time.monotonic() < end:
        time.sleep(0.1)
    assert seen == wanted


def test_the_last_things_are_sold_once_when_many_ask_at_once(running: Running) -> None:
    running.http("PUT", "/stock/rare", count=3, price=10)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: order(running, f"r-{n}", f"rare-{n}", rare=1), range(6)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [409] * 3
    assert shelf(running, "rare") == [(0, 3)]


def test_one_key_at_once_is_one_order_and_the_others_are_told_to_wait(running: Running) -> None:
    running.http("PUT", "/stock/pen", count=9, price=10)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: order(running, "gil", "same", pen=1), range(6)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json["id"] for answer in answers if answer.status == 201}) == 1
    for answer in answers:
        if answer.status == 409:
            assert 1 <= int(answer.headers["retry-after"]) <= 31  # its twin may have begun a moment later
    assert order(running, "gil", "same", pen=1).status == 201
    assert shelf(running, "pen") == [(8, 1)]


def test_while_a_request_runs_its_twin_gets_409_and_afterwards_the_stored_answer(running: Running) -> None:
    begun, go, runs = threading.Event(), threading.Event(), []

    def slow(request: Request, context: Context) -> dict[str, int]:
        runs.append(request.body)
        begun.set()
        assert go.wait(10)
        return {"run": len(runs)}

    call = RequestCall(slow, Idempotent(shop.seen), "slow", running.drivers)  # type: ignore[arg-type]
    table = running.app.table(lambda _function, _call: call)

    def send() -> Any:
        fields = [("idempotency-key", "slow-1"), ("content-type", "application/json")]
        request = Request("POST", "/orders", "", fields, b"{}", "127.0.0.1")
        return dispatch.http(table, request, Context("r", "slow", time.time() + 20))

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send)
        assert begun.wait(10)
        second = send()
        go.set()
        assert first.result().status == 200
    assert second.status == 409
    assert 1 <= int(dict(second.headers)["retry-after"]) <= 20
    assert (send().body, len(runs)) == (first.result().body, 1)


def test_a_message_whose_first_delivery_died_runs_again_after_its_deadline(running: Running) -> None:
    runs: list[int] = []

    def die(message: Message[bytes], context: Context) -> None:
        runs.append(1)
        if len(runs) == 1:
            raise SystemExit  # what a killed process leaves is made below: the record stays

    call = MessageCall(die, Idempotent(shop.seen), "dying", running.drivers)  # type: ignore[arg-type]
    call._records.abandon = lambda claim: None  # type: ignore[method-assign]
    consumer = Consumer("dying", call, 3)
    message = Message(f"m-{running.world.name}", b"x", 1, {}, None, None)
    assert not consume(consumer, message, Context("c", "dying", time.time() + 0.6, message))
    assert not consume(consumer, message, Context("c", "dying", time.time() + 0.3, message))
    assert len(runs) == 1
    time.sleep(0.7)
    last = Message(message.id, b"x", 4, {}, None, None)  # the third attempt: one delivery of four was none
    assert consume(consumer, last, Context("c", "dying", time.time() + 5, last))
    assert consume(consumer, last, Context("c", "dying", time.time() + 5, last))
    assert len(runs) == 2
