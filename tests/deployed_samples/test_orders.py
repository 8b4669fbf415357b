"""samples/orders, deployed: orders over HTTP, payments by a queue, news by a topic, dead letters and the schedule."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from deployed_samples.sample import Sample


@pytest.fixture(scope="module", autouse=True)
def shop(sample: Sample) -> None:
    sample.commands.set_secret("payment-key", "sk-test")
    for sku, count, price in (("tea", 10, 250), ("piano", 2, 90_000)):
        assert sample.http("PUT", f"/stock/{sku}?count={count}&price={price}") == (204, None)


def order(sample: Sample, customer: str, key: str, **counts: int) -> tuple[int, Any]:
    body = {"customer": customer, "lines": [{"sku": sku, "count": count} for sku, count in counts.items()]}
    return sample.http("POST", "/orders", body, idempotency_key=key)


def status(sample: Sample, customer: str, placed: dict[str, Any]) -> str:
    found: str = sample.http("GET", f"/orders/{customer}/{placed['id']}")[1]["status"]
    return found


def rows(sample: Sample, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table, each value as its text."""
    items = sample.client("dynamodb").scan(TableName=sample.outputs["tables"][table], ConsistentRead=True)["Items"]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in items]


def totals(sample: Sample) -> dict[str, str]:
    """Return how often each kind of news was counted."""
    found = (row for row in rows(sample, "figures") if row["entry"].startswith("total/"))
    return {row["entry"].removeprefix("total/"): row["count"] for row in found}


def test_an_order_is_paid_once_told_and_counted(sample: Sample) -> None:
    code, placed = order(sample, "ada", "k-1", tea=3)
    assert (code, placed["total"], placed["status"]) == (201, 750, "new")
    assert order(sample, "ada", "k-1", tea=3) == (201, placed), "the same key gets the first answer"
    assert order(sample, "ada", "k-1", tea=4)[0] == 422, "and another body is refused"
    sample.settled(lambda: status(sample, "ada", placed), "paid")
    sample.settled(lambda: totals(sample), {"placed": "1", "paid": "1"})
    sample.settled(lambda: [row["to"] for row in rows(sample, "letters")], ["ada"])
    assert [(row["order"], row["amount"]) for row in rows(sample, "ledger")] == [(placed["id"], "750")]
    assert sample.http("GET", "/stock/tea") == (200, {"free": 7, "held": 3})


def test_a_declined_payment_is_a_dead_letter_that_cancels_the_order(sample: Sample) -> None:
    with sample.hurried("payments"):
        code, placed = order(sample, "bob", "k-2", piano=2)
        assert (code, sample.http("GET", "/stock/piano")) == (201, (200, {"free": 0, "held": 2}))
        sample.settled(lambda: status(sample, "bob", placed), "cancelled")
    sample.settled(lambda: sample.http("GET", "/stock/piano"), (200, {"free": 2, "held": 0}))
    sample.settled(lambda: totals(sample), {"placed": "2", "paid": "1", "cancelled": "1"})
    declined = [line for line in sample.logs() if "ValueError: 180000 EUR is more than 100000" in line]
    assert len(declined) == 3, "three attempts"
    assert [row["customer"] for row in rows(sample, "ledger")] == ["ada"]
    assert [row["to"] for row in rows(sample, "letters")] == ["ada"]


def test_what_cannot_be_ordered_is_refused(sample: Sample) -> None:
    assert order(sample, "eve", "k-3", tea=8)[0] == 409
    assert order(sample, "eve", "k-4", coffee=1) == (422, {"detail": "there is no coffee"})
    assert sample.http("GET", "/stock/coffee") == (404, {"detail": "there is no coffee"})
    assert sample.http("GET", "/orders/eve/none") == (404, {"detail": "eve has no order none"})
    assert sample.http("GET", "/stock/tea") == (200, {"free": 7, "held": 3})


def test_orders_of_a_status_come_page_by_page(sample: Sample) -> None:
    code, _ = order(sample, "cleo", "k-5", tea=1)
    assert code == 201
    sample.settled(lambda: len(sample.http("GET", "/orders?status=paid")[1]["orders"]), 2)
    first = sample.http("GET", "/orders?status=paid&limit=1")[1]
    second = sample.http("GET", f"/orders?status=paid&limit=1&page={quote(first['next'])}")[1]
    assert [each["customer"] for each in first["orders"] + second["orders"]] == ["ada", "cleo"]


def test_the_schedule_writes_the_report(sample: Sample) -> None:
    def reports() -> list[str]:
        return [row["earned"] for row in rows(sample, "figures") if row["entry"] == "report"]

    sample.fire("nightly", reports, ["1000"])


def test_no_queue_holds_anything(sample: Sample) -> None:
    sample.settled(sample.left_in_queues, {})


def test_a_second_deployment_changes_nothing(sample: Sample) -> None:
    assert sample.commands.json("deploy", "--yes")["outcome"] == "unchanged"
    assert sample.differences() <= {"aws_cloudwatch_metric_alarm"}, "which ministack does not read back as it is"
