"""S3 buckets: private, encrypted, TLS only; and what tells functions of their objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.deploying import DELETE_DATA
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.infra.feeds import called_directly, overlaps
from portable_aws.deploy.infra.places import ACCOUNT, AwsPlaces
from portable_aws.deploy.infra.policies import allow_call, only_encrypted, policy, topic_policy

KEPT_DAYS = 30
"""Days that an old version of an object is kept."""
_EVENTS = {"created": "s3:ObjectCreated:*", "deleted": "s3:ObjectRemoved:*"}


def bucket(document: Document, places: AwsPlaces, name: str) -> None:
    """Add a bucket, and the notifications of its functions."""
    private_bucket(document, name, places.bucket(name))
    listeners = places.triggered("object", name)
    if listeners:
        _notify(document, places, name, listeners)


def private_bucket(
    document: Document,
    label: str,
    name: Expression,
    *,
    disposable: bool = False,
    allowed: Sequence[dict[str, Any]] = (),
) -> str:
    """Add a bucket that nobody outside reaches, and return its address. It keeps old versions of objects for a while.

    `allowed` are statements of its policy that let somebody in. A `disposable` one is destroyed whatever it holds, any other one only where the user has let data go.
    """
    address = document.resource(
        "aws_s3_bucket", label, bucket=name, force_destroy=disposable or reference(f"var.{DELETE_DATA}")
    )
    own = reference(f"{address}.id")
    document.resource(
        "aws_s3_bucket_public_access_block",
        label,
        bucket=own,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    document.resource(
        "aws_s3_bucket_ownership_controls", label, bucket=own, rule={"object_ownership": "BucketOwnerEnforced"}
    )
    document.resource(
        "aws_s3_bucket_server_side_encryption_configuration",
        label,
        bucket=own,
        rule=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    )
    _versions(document, label, own)
    arn = reference(f"{address}.arn")
    found = policy(document, f"bucket_{label}", [only_encrypted("s3:*", [arn, Expression(f"{arn}/*")]), *allowed])
    document.resource(
        "aws_s3_bucket_policy",
        label,
        bucket=own,
        policy=found,
        depends_on=[f"aws_s3_bucket_public_access_block.{label}"],
    )
    return address


def _versions(document: Document, label: str, own: Expression) -> None:
    """Keep the old versions of a bucket's objects for a while, and parts of broken uploads for a week."""
    document.resource(
        "aws_s3_bucket_versioning",
        label,
        bucket=own,
        versioning_configuration={"status": "Enabled"},
    )
    document.resource(
        "aws_s3_bucket_lifecycle_configuration",
        label,
        bucket=own,
        rule=[
            {
                "id": "leftovers",
                "status": "Enabled",
                "filter": [{"prefix": ""}],
                "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
                "noncurrent_version_expiration": [{"noncurrent_days": KEPT_DAYS}],
            }
        ],
        depends_on=[f"aws_s3_bucket_versioning.{label}"],
    )


def _notify(document: Document, places: AwsPlaces, name: str, listeners: list[DeployedFunction]) -> None:
    """Add what calls functions directly, through their queues, or through a topic where S3 refuses overlapping filters."""
    calls, queues, waits = [], [], []
    for function in listeners:
        if overlaps(function, places):
            continue
        if called_directly(function, places):
            calls.append({"lambda_function_arn": _callable(document, places, name, function), **_filter(function)})
            waits.append(f"aws_lambda_permission.{function.name}")
        else:
            queues.append({"queue_arn": reference(f"aws_sqs_queue.{function.name}.arn"), **_filter(function)})
    topics = _fan_out(document, places, name, [each for each in listeners if overlaps(each, places)])
    document.resource(
        "aws_s3_bucket_notification",
        name,
        bucket=reference(f"aws_s3_bucket.{name}.id"),
        lambda_function=calls or None,
        queue=queues or None,
        topic=topics or None,
        depends_on=waits + ([f"aws_sns_topic_policy.{name}_events"] if topics else []) or None,
    )


def _callable(document: Document, places: AwsPlaces, name: str, function: DeployedFunction) -> Expression:
    """Let one bucket of this account call a function, and return the function's ARN."""
    source = reference(f"aws_s3_bucket.{name}.arn")
    allow_call(document, function.name, "bucket", "s3.amazonaws.com", source, ACCOUNT)
    return reference(f"aws_lambda_function.{function.name}.arn")


def _fan_out(
    document: Document, places: AwsPlaces, name: str, listeners: list[DeployedFunction]
) -> list[dict[str, Any]]:
    """Add the topic that hands each event to the queues of functions whose filters overlap; they filter for themselves."""
    if not listeners:
        return []
    label = f"{name}_events"
    topic = document.resource("aws_sns_topic", label, name=f"{places.topic(name)}_events")
    topic_policy(document, label, topic, ("s3.amazonaws.com", places.arn("bucket", name)))
    arn = reference(f"{topic}.arn")
    for function in listeners:
        document.resource(
            "aws_sns_topic_subscription",
            f"{function.name}_events",
            topic_arn=arn,
            protocol="sqs",
            endpoint=reference(f"aws_sqs_queue.{function.name}.arn"),
            raw_message_delivery=True,
        )
    return [{"topic_arn": arn, "events": sorted({_EVENTS[each.trigger["event"]] for each in listeners})}]


def _filter(function: DeployedFunction) -> dict[str, Any]:
    trigger = function.trigger
    prefix, suffix = trigger["prefix"], trigger["suffix"]
    return {
        "events": [_EVENTS[trigger["event"]]],
        **({"filter_prefix": prefix} if prefix else {}),
        **({"filter_suffix": suffix} if suffix else {}),
    }
