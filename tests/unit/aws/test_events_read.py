"""Bucket events, messages and schedules on Lambda: every road the documentation names is read to the same value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.aws.aws_samples import (
    NativeContext,
    notification,
    s3,
    s3_eventbridge,
    s3_record,
    scheduled_rule,
    scheduler,
    sns,
    sqs,
    sqs_record,
)

from portable.compute.consume import Consumer
from portable.errors import EventError
from portable.storage.event import StoredObject
from portable_aws.runtime import messages, objects, schedule
from portable_aws.runtime.context import LambdaContext, call_context, traceparent

CAT = StoredObject("photos-1", "in/a caté.jpg", 1024, "0123456789abcdef", "0A1B2C")


@pytest.mark.parametrize(
    "event",
    [
        s3(),
        sns(json.dumps(s3())),
        sqs(sqs_record(json.dumps(s3()))),
        sqs(sqs_record(json.dumps(notification(json.dumps(s3()))))),
    ],
    ids=["directly", "through SNS", "through SQS", "through SNS and SQS"],
)
def test_an_object_is_the_same_by_every_road(event: Any) -> None:
    ran: list[Any] = []
    objects.handler(Consumer("index", lambda found, context: ran.append(found)), "created")(event, NativeContext())
    assert ran == [CAT]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_key_is_read_as_it_was_stored(key: str) -> None:
    assert objects.decode(s3(s3_record(quote_plus(key))), "created")[0].key == key
    assert objects.decode(s3_eventbridge(key), "created")[0].key == key


def test_a_deleted_object_has_no_size_or_etag() -> None:
    record = s3_record(name="ObjectRemoved:DeleteMarkerCreated")
    del record["s3"]["object"]["size"], record["s3"]["object"]["eTag"]
    (found,) = objects.decode(s3(record), "deleted")
    assert (found.key, found.size, found.etag) == ("in/a caté.jpg", None, None)


def test_the_test_event_of_s3_is_taken_and_calls_nothing() -> None:
    ran: list[Any] = []
    handle = objects.handler(Consumer("index", lambda found, context: ran.append(found)), "created")
    event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos-1"}
    assert handle(event, NativeContext()) is None
    assert handle(sqs(sqs_record(json.dumps(event))), NativeContext()) == {"batchItemFailures": []}
    assert ran == []


def test_an_object_outside_prefix_and_suffix_calls_nothing() -> None:
    ran: list[Any] = []
    handle = objects.handler(Consumer("index", lambda found, context: ran.append(found.key)), "created", "in/", ".jpg")
    for key in ("in/a.jpg", "out/a.jpg", "in/a.png", "in/.jpg"):
        handle(s3(s3_record(key)), NativeContext())
    assert ran == ["in/a.jpg", "in/.jpg"]


@pytest.mark.parametrize(
    "event",
    [
        s3(s3_record(name="ObjectRemoved:Delete")),
        s3(s3_record(name="ObjectRestore:Post")),
        s3_eventbridge(detail_type="Object Deleted"),
        sqs(),
        sns(),
        sqs(sqs_record(json.dumps(sqs()))),
        {"Records": []},
        scheduler(),
    ],
)
def test_another_event_than_a_created_object_is_refused(event: Any) -> None:
    ran: list[Any] = []
    with pytest.raises(EventError, match="expected an object created in a bucket"):
        objects.handler(Consumer("index", lambda found, context: ran.append(found)), "created")(event, NativeContext())
    assert ran == []


def test_a_queues_message_carries_what_sqs_says() -> None:
    record = sqs_record("hello", messageAttributes={"color": {"stringValue": "red", "dataType": "String"}})
    record["attributes"] |= {"MessageGroupId": "g", "ApproximateReceiveCount": "3"}
    _, [(item, message)] = messages.decode(sqs(record), "queue")
    assert item == message.id == record["messageId"]
    assert (message.payload, message.attempt, message.group) == (b"hello", 3, "g")
    assert message.attributes == {"color": "red"}
    assert message.sent_at == datetime(2018, 12, 17, 21, 37, 29, 183_000, UTC)


@pytest.mark.parametrize("event", [sns(), sqs(sqs_record(json.dumps(notification())))])
def test_a_topics_message_is_the_same_by_both_roads(event: Any) -> None:
    _, [(_, message)] = messages.decode(event, "topic")
    assert (message.id, message.payload, message.attributes) == (
        notification()["MessageId"],
        b"hello",
        {"color": "red"},
    )
    assert message.sent_at == datetime(2019, 1, 2, 12, 45, 7, tzinfo=UTC)


def test_a_notification_is_a_queues_own_text_when_a_queue_was_declared() -> None:
    body = json.dumps(notification())
    _, [(_, message)] = messages.decode(sqs(sqs_record(body)), "queue")
    assert message.payload == body.encode()


def test_only_the_messages_that_failed_come_again() -> None:
    def call(message: Any, context: Any) -> None:
        if message.payload == b"bad":
            raise ValueError("bad")

    batch = [sqs_record(body, messageId=f"id-{number}") for number, body in enumerate(["good", "bad", "good", "bad"])]
    handle = messages.handler(Consumer("work", call), "queue")
    assert handle(sqs(*batch), NativeContext()) == {
        "batchItemFailures": [{"itemIdentifier": "id-1"}, {"itemIdentifier": "id-3"}]
    }


def test_order_within_a_group_is_kept_after_a_failure() -> None:
    ran: list[str] = []

    def call(message: Any, context: Any) -> None:
        ran.append(message.id)
        if message.payload == b"bad":
            raise ValueError("bad")

    batch = []
    for number, (group, body) in enumerate([("a", "good"), ("a", "bad"), ("b", "good"), ("a", "good"), ("b", "good")]):
        record = sqs_record(body, messageId=str(number))
        record["attributes"]["MessageGroupId"] = group
        batch.append(record)
    handle = messages.handler(Consumer("work", call, ordered=True), "queue")
    assert handle(sqs(*batch), NativeContext()) == {
        "batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "3"}]
    }
    assert ran == ["0", "1", "2", "4"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (scheduler("2024-05-01T03:00:00Z"), datetime(2024, 5, 1, 3, tzinfo=UTC)),
        (scheduler("2024-05-01T05:00:00+02:00"), datetime(2024, 5, 1, 3, tzinfo=UTC)),
        (scheduler("2024-05-01T03:00:00"), datetime(2024, 5, 1, 3, tzinfo=UTC)),
        (scheduled_rule(), datetime(2024, 5, 1, 3, tzinfo=UTC)),
        ({**scheduled_rule(), "source": "aws.scheduler", "detail": "{}"}, datetime(2024, 5, 1, 3, tzinfo=UTC)),
    ],
)
def test_a_schedule_says_when_it_was_due(event: Any, expected: datetime) -> None:
    tick = schedule.decode(event)
    assert tick.scheduled_at == expected
    assert tick.scheduled_at.tzinfo is UTC
    assert tick.fired_at.tzinfo is UTC


@pytest.mark.parametrize(
    "event",
    [
        scheduler("later"),
        scheduler("0001-01-01T00:00:00+23:59"),
        {"portable": {"kind": "queue", "time": "2024-05-01T03:00:00Z"}},
        {"portable": "schedule"},
        {**scheduled_rule(), "source": "my.app"},
        {**scheduled_rule(), "detail-type": "Object Created"},
        "portable",
        s3(),
    ],
)
def test_another_event_than_a_schedule_is_refused(event: Any) -> None:
    with pytest.raises(EventError, match="expected a schedule"):
        schedule.decode(event)


def test_an_interval_of_days_lets_only_its_own_days_through() -> None:
    ran: list[Any] = []
    handle = schedule.handler(lambda tick, context: ran.append(tick.scheduled_at.day), "nightly", 3)
    for day in range(1, 13):
        handle(scheduler(f"1970-01-{day:02d}T00:00:00Z"), NativeContext())
    assert ran == [1, 4, 7, 10]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01",
        ),
        (
            "Root=1-5759e988-bd862e3fe1be46a994272793; Parent=53995c3f42cd8ad8; Sampled=0;Lineage=a",
            "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00",
        ),
        ("Root=1-5759e988-bd862e3fe1be46a994272793", None),
        ("", None),
        ("Root=x;Parent=y", None),
    ],
)
def test_the_trace_of_x_ray_is_a_traceparent(header: str, expected: str | None) -> None:
    assert traceparent(header) == expected


@pytest.mark.parametrize("name", ["traceparent", "Traceparent"])
def test_the_trace_of_the_caller_is_the_calls(name: str) -> None:
    sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert LambdaContext({"headers": {name: sent}}, NativeContext(), "f").trace == sent
    assert LambdaContext({"headers": None}, NativeContext(), "f").trace is None


def test_the_context_says_how_long_is_left_and_for_which_call() -> None:
    native = NativeContext()
    assert vars(call_context({"a": 1}, native, "show")) == vars(LambdaContext({"a": 1}, native, "show"))
    context = LambdaContext({"a": 1}, native, "upload", 2)
    assert (context.request_id, context.function, context.attempt) == (native.aws_request_id, "upload", 2)
    assert context.remaining() == 2.5
    assert 1 < (context.deadline - datetime.now(UTC)).total_seconds() < 3
    assert context.native == ({"a": 1}, native)
