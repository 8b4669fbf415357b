"""The examples of the page on the test kit: an app, and tests of it that pytest runs."""

# --- app
import sys
from types import ModuleType
from typing import Annotated

import pytest

from portable import Message, Queue, QueueSender, Table, TableReadWriter, function, http

jobs = Queue("jobs")
totals = Table("totals", key="day")
booked = Table("booked", key="id")


@function(http.post("/orders"))
def order(body: dict[str, str], queue: Annotated[QueueSender, jobs]) -> dict[str, str]:
    return {"id": queue.send(body)}


@function(jobs.messages(), dead_letter=True)
def book(message: Message[dict[str, str]], rows: Annotated[TableReadWriter, booked]) -> None:
    rows.put({"id": message.payload["id"]})


@pytest.fixture
def portable_app() -> ModuleType:  # not needed where [tool.portable] names the app
    return sys.modules[__name__]


# --- Cloud
from portable.testing import Cloud


def test_an_order_is_booked(cloud: Cloud) -> None:
    cloud.http.post("/orders", json={"id": "o-1"}).expect(200)
    cloud.settle()
    assert cloud.table(booked).rows() == [{"id": "o-1"}]
    assert cloud.failures == []


# --- at_least_once
from portable.testing import at_least_once


@at_least_once(runs=20)
def test_an_order_is_booked_whatever_happens(cloud: Cloud) -> None:
    cloud.http.post("/orders", json={"id": "o-1"}).expect(200)
    cloud.settle()
    assert cloud.table(booked).rows() == [{"id": "o-1"}]


# --- every_wire
from portable.testing import every_wire


@every_wire
def test_an_order_is_accepted_on_every_cloud(cloud: Cloud) -> None:
    cloud.http.post("/orders", json={"id": "o-1"}).expect(200)


# --- memory
from portable.testing import memory


def test_a_handler_is_a_function() -> None:
    waiting = memory(jobs)
    sent = order({"id": "o-1"}, waiting)
    assert waiting.pending[0].id == sent["id"]


# --- async_memory
from portable import AsyncTableReader
from portable.testing import async_memory


@function(http.get("/orders/{id}"))
async def find(id: str, rows: Annotated[AsyncTableReader, booked]) -> dict[str, str]:
    return await rows.get(id, default={})


async def test_an_order_that_is_not_there(cloud: Cloud) -> None:
    assert await find("o-9", async_memory(booked)) == {}


# --- events
from portable.testing import events


def test_a_message_books_its_order() -> None:
    rows = memory(booked)
    book(events.message({"id": "o-1"}, attempt=2), rows)
    assert rows.rows() == [{"id": "o-1"}]


# --- assert_idempotent
from portable.testing import assert_idempotent


def test_booking_twice_is_booking_once() -> None:
    assert_idempotent(book, events.message({"id": "o-1"}))


# --- NotIdempotent
from portable.testing import NotIdempotent


counts = Queue("counts")


@function(counts.messages())
def count(message: Message[dict[str, str]], rows: Annotated[TableReadWriter, totals]) -> None:
    rows.update("today", add={"orders": 1})


def test_counting_twice_is_not() -> None:
    with pytest.raises(NotIdempotent, match="orders"):
        assert_idempotent(count, events.message({"id": "o-1"}))


# --- TooManyDeliveries
from portable.testing import TooManyDeliveries

circle = Queue("circle")


@function(circle.messages())
def again(message: Message[str], queue: Annotated[QueueSender, circle]) -> None:
    queue.send(message.payload)


def test_an_app_that_feeds_itself_is_stopped(cloud: Cloud) -> None:
    cloud.queue(circle).send("round")
    with pytest.raises(TooManyDeliveries):
        cloud.settle()


# --- Metric
from portable import Context
from portable.testing import Metric


@function(http.post("/sales"))
def sell(context: Context) -> None:
    context.metric("sales", 1, shop="x")


def test_a_sale_is_counted(cloud: Cloud) -> None:
    cloud.http.post("/sales").expect(204)
    assert cloud.function(sell).metrics == [Metric("sales", 1, "Count", {"shop": "x"})]


# --- record
from pathlib import Path

from portable.testing import record

SQS = {
    "Records": [
        {
            "messageId": "m-1",
            "receiptHandle": "r-1",
            "body": '{"id": "o-1"}',
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1774746000000"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:jobs",
            "awsRegion": "eu-west-1",
        }
    ]
}


def test_an_event_is_recorded_without_its_secrets(tmp_path: Path) -> None:
    record(SQS, tmp_path / "order.json", target="aws", function=book)
    assert "o-1" in (tmp_path / "order.json").read_text()


# --- replay
from portable.testing import replay


def test_an_event_from_production(cloud: Cloud) -> None:
    replay(cloud, SQS, book, "aws")  # or the path of a file that record wrote; the same as cloud.replay(…)
    assert cloud.table(booked).get("o-1") == {"id": "o-1"}
