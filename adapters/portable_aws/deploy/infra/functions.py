"""Lambda functions: each with its role, its log group, its variables and its alarms; the code they share."""

from __future__ import annotations

import base64

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.facts import FACTS
from portable_aws.deploy.infra.access import TRACING, permissions, statements
from portable_aws.deploy.infra.alarms import alarm
from portable_aws.deploy.infra.buckets import private_bucket
from portable_aws.deploy.infra.feeds import waits_in_queue
from portable_aws.deploy.infra.places import AwsPlaces
from portable_aws.deploy.infra.policies import policy, role

CODE = "code_"
"""The label of the bucket of the code: no bucket of an app has a name with _."""
_HANDED = ("schedule", "object")
"""Triggers whose service hands an event to Lambda and does not wait."""


def code(document: Document, places: AwsPlaces) -> None:
    """Add the bucket of the code and the zip in it, which is uploaded once for all functions."""
    bucket = private_bucket(document, CODE, places.code_bucket(), disposable=True)
    blueprint = places.blueprint
    document.resource(
        "aws_s3_object",
        CODE,
        bucket=reference(f"{bucket}.id"),
        key=places.code_key(blueprint.sha256),
        source=Expression("${path.module}/../bundle.zip"),
        source_hash=blueprint.sha256,
        override_provider={"default_tags": {"tags": {}}},
        depends_on=[f"aws_s3_bucket_versioning.{CODE}"],
    )


def function(document: Document, places: AwsPlaces, deployed: DeployedFunction) -> None:
    """Add a function with all that is its own."""
    label, blueprint = deployed.name, places.blueprint
    waits = waits_in_queue(deployed, places)  # then the mapping of the queue tries again, and limits the calls at once
    group = document.resource(
        "aws_cloudwatch_log_group",
        label,
        name=places.log_group(label),
        retention_in_days=reference("var.log_retention_days"),
    )
    taken = role(document, label, places.function(label), "lambda.amazonaws.com")
    exact = policy(document, label, statements(permissions(deployed, places)))
    given = document.resource("aws_iam_role_policy", label, name="exact", role=reference(f"{taken}.id"), policy=exact)
    document.resource(
        "aws_lambda_function",
        label,
        function_name=places.function(label),
        role=reference(f"{taken}.arn"),
        runtime=f"python{blueprint.python}",
        architectures=[blueprint.architecture],
        handler=deployed.entry,
        s3_bucket=reference(f"aws_s3_object.{CODE}.bucket"),
        s3_key=reference(f"aws_s3_object.{CODE}.key"),
        source_code_hash=base64.b64encode(bytes.fromhex(blueprint.sha256)).decode(),
        timeout=deployed.timeout,
        memory_size=deployed.memory,
        reserved_concurrent_executions=None if waits else deployed.concurrency,
        environment={"variables": places.variables((deployed,))},
        logging_config={"log_format": "JSON", "log_group": reference(f"{group}.name")},
        tracing_config={"mode": "Active" if deployed.details.get(TRACING) else "PassThrough"},
        depends_on=[given],
    )
    if deployed.trigger["kind"] in _HANDED and deployed.attempts is not None and not waits:
        document.resource(
            "aws_lambda_function_event_invoke_config",
            label,
            function_name=reference(f"aws_lambda_function.{label}.function_name"),
            maximum_retry_attempts=min(deployed.attempts, FACTS.most("attempts.schedule")) - 1,
            maximum_event_age_in_seconds=FACTS.most("event.age"),
        )
    dimensions = {"FunctionName": places.function(label)}
    for metric in ("Errors", "Throttles"):
        alarm(document, places, f"{label}_{metric.lower()}", "AWS/Lambda", metric, dimensions)
