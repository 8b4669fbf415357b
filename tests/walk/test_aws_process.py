"""Packaged functions in the real Lambda runtime client: what is Lambda's own. The target suite has the rest."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from portable_aws.testing.process import Failed, FunctionProcess

pytest.importorskip("awslambdaric", reason="the Lambda runtime client is not installed: uv pip install awslambdaric")


@pytest.fixture(scope="module")
def bundle(package: Any) -> Path:
    found: Path = package("tests/apps/everything", "aws") / "bundle"
    return found


def removed(key: str) -> dict[str, Any]:
    """Return the event of a deleted object as the S3 documentation describes it."""
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectRemoved:Delete",
        "s3": {"bucket": {"name": "files"}, "object": {"key": key, "sequencer": "1"}},
    }
    return {"Records": [record]}


def test_logs_carry_the_call_they_came_from_and_the_trace_of_x_ray(bundle: Path) -> None:
    with FunctionProcess(bundle, "entry_gone.handler") as host:
        assert host.invoke(removed("a+b/caf%C3%A9.txt")).ok
        line = next(json.loads(line) for line in host.log.splitlines() if "a b/café.txt" in line)
        assert line.keys() == {"timestamp", "level", "message", "logger", "requestId", "function", "traceId", "key"}
        assert (line["function"], line["level"]) == ("gone", "INFO")
        assert line["traceId"] == "5759e988bd862e3fe1be46a994272793"

        reply = host.invoke({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": ""}}]})
        assert (reply.ok, reply.payload["errorType"]) == (False, "EventError")
        assert "aws:kinesis came" in reply.payload["errorMessage"]


def test_a_topic_is_heard_without_a_queue_between(bundle: Path) -> None:
    def notification(text: str, level: str) -> dict[str, Any]:
        sns = {
            "Type": "Notification",
            "MessageId": text,
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:news",
            "Subject": None,
            "Message": text,
            "Timestamp": "2026-01-01T00:00:00.000Z",
            "MessageAttributes": {"level": {"Type": "String", "Value": level}},
        }
        return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}

    with FunctionProcess(bundle, "entry_listen.handler") as host:
        assert host.invoke(notification("loud", "high")).ok
        assert host.invoke(notification("quiet", "low")).ok
        assert '"text": "loud"' in host.log
        assert "quiet" not in host.log


def test_an_entry_that_does_not_load_says_why(bundle: Path) -> None:
    with pytest.raises(Failed, match="entry_none"):
        FunctionProcess(bundle, "entry_none.handler")


def test_records_of_a_stream_are_reported_from_the_lowest_and_remembered_by_the_process(bundle: Path) -> None:
    def record(place: int, sku: str, count: int) -> dict[str, Any]:
        told = {
            "partitionKey": sku,
            "sequenceNumber": str(place),
            "data": base64.b64encode(json.dumps({"sku": sku, "count": count}).encode()).decode(),
            "approximateArrivalTimestamp": 1767225600.5,
        }
        return {"eventSource": "aws:kinesis", "eventID": f"shardId-0:{place}", "kinesis": told}

    event = {"Records": [record(1, "ink", 1), record(2, "pen", -1), record(3, "ink", 2), record(4, "pen", 3)]}
    with FunctionProcess(bundle, "entry_follow.handler") as host:
        assert host.invoke(event).payload == {"batchItemFailures": [{"itemIdentifier": "2"}]}
        assert host.invoke({"Records": event["Records"][1:]}).payload == {"batchItemFailures": []}
        lines = [json.loads(line) for line in host.log.splitlines() if '"followed"' in line]
        places = [(line["id"][-1], line["attempt"]) for line in lines]
        assert places == [("1", 1), ("2", 1), ("3", 1), ("2", 2), ("4", 1)]
    with FunctionProcess(bundle, "entry_tally.handler") as host:
        assert host.invoke(event).payload == {"batchItemFailures": [{"itemIdentifier": "2"}]}
        assert '"pieces": 5, "records": 4' in host.log
