from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from app import figures, holds, inform, ledger, letters, nightly, orders, pay, payments, place, stock, tally

from portable import Unavailable
from portable.testing import at_least_once, every_wire


@pytest.fixture(autouse=True)
def shop(cloud: Any) -> None:
    cloud.secret("payment-key").set("sk-test")
    for sku, count, price in (("tea", 10, 250), ("piano", 2, 90_000)):
        cloud.http.put(f"/stock/{sku}", params={"count": count, "price": price}).expect(204)


def order(cloud: Any, customer: str, key: str, **counts: int) -> Any:
    body = {"customer": customer, "lines": [{"sku": sku, "count": count} for sku, count in counts.items()]}
    return cloud.http.post("/orders", json=body, headers={"idempotency-key": key})


def shelf(cloud: Any, sku: str) -> tuple[int, int]:
    row = cloud.http.get(f"/stock/{sku}").expect(200).json()
    return row["free"], row["held"]


@at_least_once
def test_an_order_is_paid_once_told_and_counted(cloud: Any) -> None:
    placed = order(cloud, "ada", "k-1", tea=3).expect(201).json()
    cloud.settle()
    found = cloud.http.get(f"/orders/ada/{placed['id']}").expect(200).json()
    assert (found["status"], found["total"]) == ("paid", 750)
    assert [row["amount"] for row in cloud.table(ledger).rows()] == [750]
    assert cloud.table(figures).get("all", "total/placed")["count"] == 1
    assert cloud.table(figures).get("all", "total/paid")["count"] == 1
    assert [row["to"] for row in cloud.table(letters).rows()] == ["ada"]
    assert shelf(cloud, "tea") == (7, 3)


@pytest.mark.parametrize("after", range(9))
def test_a_request_that_broke_anywhere_and_is_sent_again_is_one_order(cloud: Any, after: int) -> None:
    cloud.function(place).fail_next(Unavailable(), after=after)
    order(cloud, "ada", "k-1", tea=3)  # most of these answer 500
    order(cloud, "ada", "k-1", tea=3).expect(201)
    cloud.settle()
    assert [row.status for row in cloud.table(orders).rows()] == ["paid"]
    assert [row["amount"] for row in cloud.table(ledger).rows()] == [750]
    assert shelf(cloud, "tea") == (7, 3)


def test_a_repeated_request_gets_the_first_answer_and_another_body_is_refused(cloud: Any) -> None:
    first = order(cloud, "ada", "k-1", tea=3).expect(201)
    assert order(cloud, "ada", "k-1", tea=3).expect(201).json() == first.json()
    order(cloud, "ada", "k-1", tea=4).expect(422)
    assert shelf(cloud, "tea") == (7, 3)


def test_an_order_holds_everything_or_nothing(cloud: Any) -> None:
    order(cloud, "ada", "k-1", tea=3, piano=3).expect(409)
    assert (shelf(cloud, "tea"), shelf(cloud, "piano")) == ((10, 0), (2, 0))
    assert cloud.queue(payments).pending == []


@every_wire
@at_least_once
def test_a_declined_payment_is_tried_three_times_and_cancels_the_order(cloud: Any) -> None:
    placed = order(cloud, "bob", "k-2", piano=2).expect(201).json()
    cloud.settle()
    assert cloud.http.get(f"/orders/bob/{placed['id']}").json()["status"] == "cancelled"
    assert shelf(cloud, "piano") == (2, 0)
    assert cloud.table(ledger).rows() == []
    assert cloud.table(figures).get("all", "total/cancelled")["count"] == 1
    assert [row["entry"] for row in cloud.table(stock).rows()] == ["sku/piano", "sku/tea"]


@at_least_once(http=True)
def test_a_request_that_breaks_and_is_sent_again_is_one_order(cloud: Any) -> None:
    placed = order(cloud, "ada", "k-9", tea=3).expect(201).json()
    cloud.settle()
    assert [(row.id, row.status) for row in cloud.table(orders).rows()] == [(placed["id"], "paid")]
    assert shelf(cloud, "tea") == (7, 3)


def test_a_payment_within_a_higher_limit_is_taken(cloud: Any) -> None:
    cloud.setting("payment-limit").set("200000")
    placed = order(cloud, "bob", "k-2", piano=2).expect(201).json()
    cloud.settle()
    assert cloud.http.get(f"/orders/bob/{placed['id']}").json()["status"] == "paid"
    assert cloud.function(pay).failures == []


def test_orders_of_a_status_come_page_by_page(cloud: Any) -> None:
    for number in range(5):
        order(cloud, f"c-{number}", f"k-{number}", tea=1).expect(201)
    found: list[str] = []
    page: str | None = None
    while True:
        params = {"status": "new", "limit": 2} | ({"page": page} if page else {})
        answer = cloud.http.get("/orders", params=params).expect(200).json()
        found += [each["customer"] for each in answer["orders"]]
        page = answer["next"]
        if page is None:
            break
    assert sorted(found) == [f"c-{number}" for number in range(5)]


def test_a_hold_ends(cloud: Any) -> None:
    order(cloud, "ada", "k-1", tea=1).expect(201)
    assert len(cloud.table(holds).rows()) == 1
    cloud.clock.advance(minutes=31)
    assert cloud.table(holds).rows() == []


def test_the_nightly_report_counts_and_adds_up(cloud: Any) -> None:
    for number in range(3):
        order(cloud, f"c-{number}", f"k-{number}", tea=1).expect(201)
    order(cloud, "bob", "k", piano=2).expect(201)
    cloud.settle()
    cloud.schedule(nightly).fire(at="2026-03-02T03:00")
    report = cloud.table(figures).get(str(date(2026, 3, 2)), "report")
    assert (report["count"], report["earned"]) == ({"paid": 3, "cancelled": 1}, 750)


def test_each_listener_gets_its_own_copy_and_only_what_it_asked_for(cloud: Any) -> None:
    order(cloud, "ada", "k-1", tea=1).expect(201)
    cloud.settle()
    assert len(cloud.function(tally).calls) == 2
    assert [call.event.attributes["kind"] for call in cloud.function(inform).calls] == ["paid"]
