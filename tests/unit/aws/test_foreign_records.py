"""A record of another kind in a batch fails alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.aws.aws_samples import NativeContext

from portable.compute.consume import Consumer
from portable.errors import EventError, PortableError, Unavailable
from portable_aws.runtime import messages, objects


def queued(own: Any, body: Any, **more: Any) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1", **more}
    return {"eventSource": "aws:sqs", "messageId": own, "body": body, "attributes": attributes, "messageAttributes": {}}


def stored(key: str, name: str = "ObjectCreated:Put", source: str = "aws:s3") -> dict[str, Any]:
    return {"eventSource": source, "eventName": name, "s3": {"bucket": {"name": "photos"}, "object": {"key": key}}}


def notified(own: str, message: Any) -> dict[str, Any]:
    return {
        "EventSource": "aws:sns",
        "Sns": {"MessageId": own, "Message": message, "Timestamp": "2026-01-01T00:00:00Z"},
    }


FOREIGN: list[Any] = [
    {"eventSource": "aws:kinesis", "eventID": "x", "messageId": "odd"},
    queued("odd", {"no": "text"}),
    queued("odd", "x", ApproximateReceiveCount="many"),
    {"messageId": "odd"},
]


@pytest.mark.parametrize("kind", ["queue", "topic"])
@pytest.mark.parametrize("foreign", FOREIGN, ids=["kinesis", "body", "count", "source"])
def test_a_foreign_record_of_a_queues_batch_is_the_only_one_that_comes_again(kind: str, foreign: Any) -> None:
    seen: list[str] = []
    handle = messages.handler(Consumer("work", lambda message, context: seen.append(message.id)), kind)
    report = handle({"Records": [queued("a", "1"), foreign, queued("c", "3")]}, NativeContext())
    assert (seen, report) == (["a", "c"], {"batchItemFailures": [{"itemIdentifier": "odd"}]})
    with pytest.raises(EventError):
        handle({"Records": [foreign]}, NativeContext())


@pytest.mark.parametrize("foreign", [None, 5, {"eventSource": "aws:sqs"}, {"messageId": 5}])
def test_a_record_without_an_id_cannot_be_reported_and_costs_the_others_nothing(foreign: Any) -> None:
    handle = messages.handler(Consumer("work", lambda message, context: None), "queue")
    assert handle({"Records": [foreign, queued("b", "1")]}, NativeContext()) == {"batchItemFailures": []}


def test_of_notifications_that_came_directly_all_are_handled_before_the_call_fails() -> None:
    seen: list[str] = []

    def call(message: Any, context: Any) -> None:
        seen.append(message.id)
        if message.id == "a":
            raise ValueError

    handle = messages.handler(Consumer("work", call), "topic")
    with pytest.raises(Unavailable):
        handle({"Records": [notified("a", "1"), notified("b", {"no": "text"}), notified("c", "3")]}, NativeContext())
    assert seen == ["a", "c"]


def test_a_foreign_record_of_a_bucket_event_fails_alone() -> None:
    seen: list[str] = []
    handle = objects.handler(Consumer("index", lambda found, context: seen.append(found.key)), "created")
    for foreign in (
        stored("x", "ObjectRemoved:Delete"),
        stored("x", source="aws:sqs2"),
        None,
        {"eventSource": "aws:s3"},
    ):
        seen.clear()
        with pytest.raises(EventError):
            handle({"Records": [stored("a"), foreign, stored("c")]}, NativeContext())
        assert seen == ["a", "c"]


def test_a_message_that_tells_of_something_else_is_a_failed_attempt_of_that_message() -> None:
    seen: list[str] = []
    buried: list[Any] = []
    bury = lambda message, attempts, error: buried.append((message.id, type(error)))  # noqa: E731
    handle = objects.handler(Consumer("index", lambda found, context: seen.append(found.key), 2, bury), "created")
    good = json.dumps({"Records": [stored("a")]})
    for count, failed in (("1", ["text", "other"]), ("2", [])):
        batch = [
            queued("text", "not json", ApproximateReceiveCount=count),
            queued("good", good, ApproximateReceiveCount=count),
            queued(
                "other", json.dumps({"Records": [stored("x", "ObjectRemoved:Delete")]}), ApproximateReceiveCount=count
            ),
        ]
        report = handle({"Records": batch}, NativeContext())
        assert report == {"batchItemFailures": [{"itemIdentifier": own} for own in failed]}
    assert (seen, buried) == (["a", "a"], [("text", EventError), ("other", EventError)])


def test_all_objects_of_a_message_are_tried_though_one_fails() -> None:
    seen: list[str] = []

    def call(found: Any, context: Any) -> None:
        seen.append(found.key)
        if found.key == "a":
            raise SystemExit(1)

    handle = objects.handler(Consumer("index", call), "created")
    with pytest.raises(PortableError, match="SystemExit"):
        handle({"Records": [stored("a"), stored("b")]}, NativeContext())
    body = json.dumps({"Records": [stored("a"), stored("b")]})
    assert handle({"Records": [queued("m", body)]}, NativeContext()) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert seen == ["a", "b"] * 2
