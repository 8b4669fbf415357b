"""Kinesis streams and the event source mappings of their functions."""

from __future__ import annotations

from portable.tooling.infra.terraform import Document, reference
from portable_aws.deploy.infra.alarms import alarm
from portable_aws.deploy.infra.places import AwsPlaces

_START = {"latest": "LATEST", "oldest": "TRIM_HORIZON"}
WITHOUT_END = -1


def stream(document: Document, places: AwsPlaces, name: str) -> None:
    """Add a stream and what follows it. Our runtime counts attempts: a limit of Lambda's would drop whole batches."""
    address = document.resource(
        "aws_kinesis_stream",
        name,
        name=places.stream(name),
        retention_period=reference("var.stream_retention_hours"),
        stream_mode_details={"stream_mode": "ON_DEMAND"},
        encryption_type="KMS",
        kms_key_id="alias/aws/kinesis",
    )
    for function in places.triggered("stream", name):
        trigger = function.trigger
        document.resource(
            "aws_lambda_event_source_mapping",
            function.name,
            event_source_arn=reference(f"{address}.arn"),
            function_name=reference(f"aws_lambda_function.{function.name}.arn"),
            starting_position=_START[trigger["start"]],
            batch_size=trigger["batch"],
            maximum_batching_window_in_seconds=trigger["window"],
            maximum_retry_attempts=WITHOUT_END,
            bisect_batch_on_function_error=False,
            function_response_types=["ReportBatchItemFailures"],
        )
        oldest, dimensions = (
            reference("var.oldest_message_seconds * 1000"),
            {"FunctionName": places.function(function.name)},
        )
        alarm(document, places, f"{function.name}_iterator", "AWS/Lambda", "IteratorAge", dimensions, "Maximum", oldest)
