"""Grants of a function -> exact IAM actions on exact resources. `docs/security.md` shows the map.

Action names and resource types: AWS service authorization reference. Each action is there because a driver calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from portable.tooling.app.model import Grant
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import redriven
from portable.tooling.infra.terraform import Expression
from portable_aws.deploy.infra.feeds import waits_in_queue
from portable_aws.deploy.infra.places import AwsPlaces

Permission = tuple[str, Expression]
"""An action and the ARN that it is allowed on."""

_BUCKET = {"get": ("s3:GetObject",), "put": ("s3:PutObject", "s3:AbortMultipartUpload"), "delete": ("s3:DeleteObject",)}
_SIGNED = ("s3:GetObject", "s3:PutObject")
_TABLE = {
    "get": ("dynamodb:GetItem", "dynamodb:BatchGetItem"),
    "query": ("dynamodb:Query", "dynamodb:Scan"),
    "put": ("dynamodb:PutItem", "dynamodb:BatchWriteItem"),
    "update": ("dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"),
    "delete": ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
}
"""An update of an expired row puts a new one; `require` of a transaction is a condition check."""
_QUEUE = {
    "send": ("sqs:SendMessage",),
    "count": ("sqs:GetQueueAttributes",),
    "peek": ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"),
    "redrive": (),  # on two queues, see `redriven`
}
_MOVED_FROM = ("sqs:ReceiveMessage", "sqs:DeleteMessage")
_CONSUMED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_FOLLOWED = (
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
)
TRACING = "tracing"
"""What the details of a function say if X-Ray was asked for."""
_TRACED = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


def permissions(function: DeployedFunction, places: AwsPlaces) -> frozenset[Permission]:
    """Return all that the identity of a function may do: its grants, taking its events, and its log."""
    found: set[Permission] = set()
    for grant in function.grants:
        found.update(_KINDS[grant.kind](grant, places))
    if function.feed is not None and waits_in_queue(function, places):
        found.update(_each(_CONSUMED, places.arn("queue", function.feed)))
    if function.trigger["kind"] == "stream":
        found.update(_each(_FOLLOWED, places.arn("stream", function.trigger["stream"])))
    log = places.arn("log_group", function.name)
    found.update(_each(("logs:CreateLogStream", "logs:PutLogEvents"), Expression(f"{log}:*")))
    if function.details.get(TRACING):
        found.update(_each(_TRACED, Expression("*")))  # they take no resource
    return frozenset(found)


def statements(found: Iterable[Permission]) -> list[dict[str, Any]]:
    """Return permissions as the statements of a policy: resources with the same actions together, sorted."""
    actions: dict[Expression, set[str]] = {}
    for action, resource in found:
        actions.setdefault(resource, set()).add(action)
    together: dict[tuple[str, ...], list[Expression]] = {}
    for resource in sorted(actions):
        together.setdefault(tuple(sorted(actions[resource])), []).append(resource)
    return [{"actions": list(names), "resources": resources} for names, resources in sorted(together.items())]


def _bucket(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    bucket = places.arn("bucket", grant.resource)
    for action in grant.actions:
        if action == "list":
            yield "s3:ListBucket", bucket
        else:
            yield from _each(_SIGNED if action == "sign" else _BUCKET[action], Expression(f"{bucket}/*"))


def _table(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    table = places.arn("table", grant.resource)
    for action in grant.actions:
        yield from _each(_TABLE[action], table)
    if "query" in grant.actions:
        for index in places.resources["table", grant.resource].options.get("indexes", ()):
            yield "dynamodb:Query", Expression(f"{table}/index/{index['name']}")


def _queue(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    for action in grant.actions:
        yield from _each(_QUEUE[action], places.arn("queue", grant.resource))
    for source, dead in redriven(grant):
        yield from _each(_MOVED_FROM, places.arn("queue", dead))
        yield "sqs:SendMessage", places.arn("queue", source)


def _topic(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    yield "sns:Publish", places.arn("topic", grant.resource)


def _stream(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    yield from _each(("kinesis:PutRecord", "kinesis:PutRecords"), places.arn("stream", grant.resource))


def _secret(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    yield "ssm:GetParameter", places.arn("secret", grant.resource)


def _setting(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    """A setting is in the environment: there is nothing to ask for."""
    return iter(())


_KINDS = {
    "bucket": _bucket,
    "table": _table,
    "queue": _queue,
    "topic": _topic,
    "stream": _stream,
    "secret": _secret,
    "setting": _setting,
}


def _each(actions: Iterable[str], resource: Expression) -> Iterator[Permission]:
    return ((action, resource) for action in actions)
