"""Grants of a function -> exact IAM actions on exact resources. `docs/security.md` shows the map.

Action names and resource types: AWS service authorization reference. Each action is there because a driver calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portable.tooling.app.model import Grant
from portable.tooling.grouping import grouped
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import redriven
from portable.tooling.infra.terraform import Expression
from portable_aws.deploy.infra.feeds import waits_in_queue
from portable_aws.deploy.infra.places import AwsPlaces

Permission = tuple[str, Expression]
"""An action and the ARN that it is allowed on."""

_ABILITIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "bucket": {
        "get": ("s3:GetObject",),
        "list": ("s3:ListBucket",),
        "put": ("s3:PutObject", "s3:AbortMultipartUpload"),
        "delete": ("s3:DeleteObject",),
        "sign": ("s3:GetObject", "s3:PutObject"),
    },
    "table": {
        "get": ("dynamodb:GetItem", "dynamodb:BatchGetItem"),
        "query": ("dynamodb:Query", "dynamodb:Scan"),
        "put": ("dynamodb:PutItem", "dynamodb:BatchWriteItem"),
        "update": ("dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"),
        "delete": ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
    },
    "queue": {
        "send": ("sqs:SendMessage",),
        "count": ("sqs:GetQueueAttributes",),
        "peek": ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"),
        "redrive": (),  # on two queues, see `redriven`
    },
    "topic": {"publish": ("sns:Publish",)},
    "stream": {"send": ("kinesis:PutRecord", "kinesis:PutRecords")},
    "secret": {"read": ("ssm:GetParameter",)},
}
"""By kind of resource and portable action; a setting is in the environment. An update of an expired row puts a new one;
`require` of a transaction is a condition check."""
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
        found.update(_granted(grant, places))
    if function.feed is not None and waits_in_queue(function, places):
        found.update(_each(_CONSUMED, places.arn("queue", function.feed)))
    if function.trigger["kind"] == "stream":
        found.update(_each(_FOLLOWED, places.arn("stream", function.trigger["stream"])))
    log = places.arn("log_group", function.name)
    found.update(_each(("logs:CreateLogStream", "logs:PutLogEvents"), Expression(f"{log}:*")))
    if function.details.get(TRACING):
        found.update(_each(_TRACED, Expression("*")))  # they take no resource
    return frozenset(found)


def statements(allowed: Iterable[Permission]) -> list[dict[str, Any]]:
    """Return permissions as the statements of a policy: resources with the same actions together, sorted."""
    on = grouped((resource, action) for action, resource in sorted(set(allowed)))
    together = grouped((tuple(actions), resource) for resource, actions in sorted(on.items()))
    return [{"actions": list(names), "resources": resources} for names, resources in sorted(together.items())]


def _granted(grant: Grant, places: AwsPlaces) -> Iterator[Permission]:
    if grant.kind not in _ABILITIES:
        return
    own = places.arn(grant.kind, grant.resource)
    for action in grant.actions:
        on_objects = grant.kind == "bucket" and action != "list"
        yield from _each(_ABILITIES[grant.kind][action], Expression(f"{own}/*") if on_objects else own)
    if grant.kind == "table" and "query" in grant.actions:
        for index in places.resources["table", grant.resource].options.get("indexes", ()):
            yield "dynamodb:Query", Expression(f"{own}/index/{index['name']}")
    for source, dead in redriven(grant):
        yield from _each(_MOVED_FROM, places.arn("queue", dead))
        yield "sqs:SendMessage", places.arn("queue", source)


def _each(actions: Iterable[str], resource: Expression) -> Iterator[Permission]:
    return ((action, resource) for action in actions)
