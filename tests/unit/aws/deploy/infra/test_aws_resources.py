"""What protects data on AWS, what is told when something goes wrong, and what limits and logs requests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.aws.deploy.infra.aws_policies import Policies
from unit.tooling.infra.any_apps import ROWS
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, STREAM, TICK, TOPIC, app, function

from portable.tooling.app.model import Grant, ResourceModel
from portable_aws.deploy.infra.http import LOGS

MODEL = app(
    function("home", HTTP, Grant("rows", "table", ("get",)), Grant("token", "secret", ("read",)), concurrency=7),
    function("work", QUEUE, Grant("jobs-poison", "queue", ("send",)), dead_letter=True),
    function("listen", TOPIC),
    function("index", OBJECT),
    function("follow", STREAM),
    function("nightly", TICK, concurrency=1),
    resources=(
        ResourceModel("bucket", "photos", {}),
        ResourceModel("queue", "jobs", {}),
        ResourceModel("secret", "token", {}),
        ResourceModel("stream", "clicks", {}),
        ResourceModel("table", "rows", ROWS),
        ResourceModel("topic", "news", {}),
    ),
)


@pytest.mark.parametrize(
    ("stage", "keeps", "protected"), [("prod", True, "${!var.delete_data}"), ("dev", False, False)]
)
def test_tables_can_be_restored_and_are_protected_everywhere_but_in_dev(
    stage: str, keeps: bool, protected: object
) -> None:
    [table] = Policies(MODEL, stage).resources("aws_dynamodb_table").values()
    assert table["point_in_time_recovery"] == {"enabled": keeps}
    assert table["deletion_protection_enabled"] == protected
    assert table["billing_mode"] == "PAY_PER_REQUEST"


def test_everything_is_encrypted_at_rest_and_no_secret_has_a_value() -> None:
    found = Policies(MODEL)
    assert all(one["sqs_managed_sse_enabled"] for one in found.resources("aws_sqs_queue").values())
    assert [one["kms_master_key_id"] for one in found.resources("aws_sns_topic").values() if "kms_master_key_id" in one]
    assert [one["encryption_type"] for one in found.resources("aws_kinesis_stream").values()] == ["KMS"]
    assert [one["server_side_encryption"] for one in found.resources("aws_dynamodb_table").values()] == [
        {"enabled": True}
    ]
    [secret] = found.resources("aws_ssm_parameter").values()
    assert (secret["type"], secret["value_wo"], "value" in secret) == ("SecureString", "unset", False)
    buckets = set(found.resources("aws_s3_bucket"))
    for kind in ("server_side_encryption_configuration", "public_access_block", "ownership_controls", "versioning"):
        assert set(found.resources(f"aws_s3_bucket_{kind}")) == buckets


def test_each_thing_that_may_go_wrong_has_an_alarm_that_somebody_is_told_of() -> None:
    found = Policies(MODEL)
    alarms = found.resources("aws_cloudwatch_metric_alarm").values()
    assert {(one["metric_name"], *one["dimensions"].values()) for one in alarms} == {
        *((metric, f"shop-prod-{each.name}") for each in MODEL.functions for metric in ("Errors", "Throttles")),
        ("5xx", "${aws_apigatewayv2_api.http.id}"),
        ("ApproximateAgeOfOldestMessage", "shop-prod-jobs"),
        ("ApproximateAgeOfOldestMessage", "shop-prod-listen"),
        ("ApproximateNumberOfMessagesVisible", "shop-prod-jobs-poison"),
        ("ApproximateNumberOfMessagesVisible", "shop-prod-schedules_lost"),
        ("IteratorAge", "shop-prod-follow"),
    }
    assert all(one["alarm_actions"] == ["${aws_sns_topic.alarms_.arn}"] for one in alarms)
    assert all(one["alarm_name"].startswith("shop-prod-") for one in alarms), "only these may publish to the topic"


def test_the_api_is_throttled_and_logs_each_request_where_no_policy_lists_it() -> None:
    found = Policies(MODEL)
    [stage] = found.resources("aws_apigatewayv2_stage").values()
    assert stage["default_route_settings"] == {
        "throttling_rate_limit": "${var.requests_per_second}",
        "throttling_burst_limit": "${var.requests_at_once}",
    }
    assert "$context.status" in json.loads(stage["access_log_settings"]["format"]).values()
    assert found.resources("aws_cloudwatch_log_group")["access_"]["name"] == f"{LOGS}shop-prod"
    assert LOGS.startswith("/aws/vendedlogs/")


def test_logs_are_kept_as_long_as_the_user_says() -> None:
    groups = Policies(MODEL).resources("aws_cloudwatch_log_group")
    assert set(groups) == {"access_", *(each.name for each in MODEL.functions)}
    assert {one["retention_in_days"] for one in groups.values()} == {"${var.log_retention_days}"}


def test_reserved_concurrency_is_only_where_it_was_asked_for() -> None:
    functions = Policies(MODEL).resources("aws_lambda_function")
    reserved: dict[str, Any] = {
        name: one["reserved_concurrent_executions"]
        for name, one in functions.items()
        if "reserved_concurrent_executions" in one
    }
    assert reserved == {"home": 7, "nightly": 1}
