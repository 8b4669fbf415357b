"""SQS queues with their dead letters, who may fill them, and the event source mappings that feed functions."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import Any

from portable.eventing.queue import POISON
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, Expression, escaped, reference
from portable_aws.deploy.infra.alarms import alarm, letters_alarm
from portable_aws.deploy.infra.feeds import Feed, least_wait, overlaps
from portable_aws.deploy.infra.places import AwsPlaces
from portable_aws.deploy.infra.policies import allow_service, only_encrypted, policy

DAY = 86_400
KEPT_DAYS = 4
DEAD_KEPT_DAYS = 14
"""The most that SQS keeps a message."""
SPARE = 2
"""Deliveries beyond a function's attempts before SQS takes a message away itself: our runtime counts, this is the net."""
NO_SOURCE = Expression('{"redrivePermission":"denyAll"}')
"""The policy of dead letters that no queue redrives by itself: only our runtime, or EventBridge, sends there."""
MOST_RECEIVES = 1000
"""The most that a redrive policy can say: for functions whose waiting deliveries count as well."""


def queue(document: Document, places: AwsPlaces, feed: Feed, sources: Collection[str]) -> None:
    """Add a queue, and what it feeds; `sources` are the queues that have dead letters."""
    name, reader = feed.name, feed.reader
    fifo = places.is_fifo(name)
    own = places.arn("queue", name)
    statements = [*_fillers(places, feed, own), only_encrypted("sqs:*", [own])]
    poison = name.endswith(POISON)
    document.resource(
        "aws_sqs_queue",
        name,
        name=places.queue(name),
        fifo_queue=fifo or None,
        visibility_timeout_seconds=_visibility(reader) if reader else None,
        message_retention_seconds=(DEAD_KEPT_DAYS if poison else KEPT_DAYS) * DAY,
        sqs_managed_sse_enabled=True,
        policy=policy(document, f"queue_{name}", statements),
        redrive_policy=_redrive(feed) if feed.dead and reader else None,
        redrive_allow_policy=_allowed(places, name, sources) if poison else None,
    )
    if reader is not None:
        _mapping(document, reader, name)
    if poison:
        letters_alarm(document, places, name, places.queue(name))
    else:
        oldest, dimensions = reference("var.oldest_message_seconds"), {"QueueName": places.queue(name)}
        alarm(
            document, places, f"{name}_age", "AWS/SQS", "ApproximateAgeOfOldestMessage", dimensions, "Maximum", oldest
        )


def _visibility(reader: DeployedFunction) -> int:
    """Return how long a message is hidden while it is handled, which is also the wait before the next attempt."""
    least = least_wait(reader.timeout, int(reader.trigger.get("window") or 0))
    return max(least, math.ceil(reader.backoff or 0))


def _redrive(feed: Feed) -> Expression:
    assert feed.reader is not None
    attempts = feed.reader.attempts or 1
    most = MOST_RECEIVES if feed.reader.idempotent else attempts + SPARE
    dead = reference(f"aws_sqs_queue.{feed.dead}.arn")  # a reference: SQS wants the dead letters to be there first
    return _json({"deadLetterTargetArn": dead, "maxReceiveCount": most})


def _allowed(places: AwsPlaces, name: str, sources: Collection[str]) -> Expression:
    """Return the policy that lets only one queue send its messages to these dead letters, or none: a stream has no queue."""
    taken_from = name.removesuffix(POISON)
    if taken_from not in sources:
        return NO_SOURCE
    source = places.arn("queue", taken_from)
    return _json({"redrivePermission": "byQueue", "sourceQueueArns": [source]})


def _fillers(places: AwsPlaces, feed: Feed, own: Expression) -> list[dict[str, Any]]:
    """Return the statements that let a topic or a bucket of this account send to the queue."""
    reader = feed.reader
    if reader is None or reader.trigger["kind"] not in ("topic", "object"):
        return []
    if reader.trigger["kind"] == "topic":
        topic = reader.trigger["topic"]
    elif overlaps(reader, places):
        topic = f"{reader.trigger['bucket']}_events"
    else:
        bucket = places.arn("bucket", reader.trigger["bucket"])
        return [allow_service("s3.amazonaws.com", "sqs:SendMessage", own, bucket)]
    return [allow_service("sns.amazonaws.com", "sqs:SendMessage", own, reference(f"aws_sns_topic.{topic}.arn"))]


def _mapping(document: Document, reader: DeployedFunction, name: str) -> None:
    trigger = reader.trigger
    most = {"maximum_concurrency": reader.concurrency} if reader.concurrency else None
    document.resource(
        "aws_lambda_event_source_mapping",
        reader.name,
        event_source_arn=reference(f"aws_sqs_queue.{name}.arn"),
        function_name=reference(f"aws_lambda_function.{reader.name}.arn"),
        batch_size=trigger.get("batch") or 1,
        maximum_batching_window_in_seconds=trigger.get("window") or 0,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=most,
    )


def _json(value: dict[str, Any]) -> Expression:
    """Return JSON text in which expressions are evaluated, written as AWS gives it back."""
    texts = {key: item if isinstance(item, (Expression, int, list)) else escaped(item) for key, item in value.items()}
    return Expression(json.dumps(texts, separators=(",", ":"), sort_keys=True))
