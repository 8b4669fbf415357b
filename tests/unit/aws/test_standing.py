"""What AWS's provider says of what is there already -> the id by which the engine takes it over."""

from __future__ import annotations

import pytest
from unit.tooling.remote.stages import running

from portable_aws.deploy.remote.standing import AwsStanding


@pytest.mark.parametrize(
    ("address", "said", "own"),
    [
        (
            "aws_iam_role.hello",
            "creating IAM Role (shop-dev-hello): operation error IAM: CreateRole, EntityAlreadyExists: Role with name …",
            "shop-dev-hello",
        ),
        (
            "aws_cloudwatch_log_group.hello",
            "creating CloudWatch Logs Log Group (/aws/lambda/shop-dev-hello): ResourceAlreadyExistsException: …",
            "/aws/lambda/shop-dev-hello",
        ),
        (
            "aws_lambda_permission.hello",
            "adding Lambda Permission (shop-dev-hello/api): ResourceConflictException: …",
            "shop-dev-hello/api",
        ),
        (
            "aws_lambda_event_source_mapping.work",
            "creating Lambda Event Source Mapping (arn:aws:sqs:eu-central-1:0:jobs): ResourceConflictException: An event source "
            "mapping … already exists. Please update or delete the existing mapping with UUID 9fdf1e1c-f49b-47ac-981f-733ac3847d45",
            "9fdf1e1c-f49b-47ac-981f-733ac3847d45",
        ),
        (
            "aws_scheduler_schedule.nightly",
            "creating Amazon EventBridge Scheduler Schedule (nightly): ConflictException: …",
            "shop-dev/nightly",
        ),
        ("aws_scheduler_schedule_group.app", "creating EventBridge Scheduler Schedule Group (shop-dev): …", "shop-dev"),
        ("aws_s3_bucket.files", "something else already exists", None),
    ],
)
def test_the_name_in_a_refusal_is_what_it_is_taken_over_by(address: str, said: str, own: str | None) -> None:
    assert AwsStanding(running()).refused(address, said) == own
