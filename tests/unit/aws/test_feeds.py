"""What a queue that feeds a function is made with on AWS: its wait, its limit of calls, and who may redrive into dead letters."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from infrastructures import tool
from unit.tooling.rules.apps import OBJECT, QUEUE, STREAM, TICK, app, function

from portable.tooling.app.model import FunctionModel, ResourceModel
from portable.tooling.infra.stage import Stage
from portable.tooling.target import Options
from portable_aws.deploy.target import AwsTarget

AWS = AwsTarget()
OPTIONS = Options("3.12", "x86_64", {})
RESOURCES = (
    ResourceModel("bucket", "photos", {}),
    ResourceModel("queue", "jobs", {}),
    ResourceModel("stream", "clicks", {}),
)


def made(*functions: FunctionModel, part: str = "resource") -> Any:
    infra = AWS.infra(tool().blueprint_of(app(*functions, resources=RESOURCES), "aws"), Stage("shop"))
    assert infra is not None
    return json.loads(infra.files()["main.tf.json"])[part]


@pytest.mark.parametrize(
    ("timeout", "window", "backoff", "wait"),
    [(30, 0, None, 180), (5, 1, 1, 31), (5, 1, 300, 300), (10, 0, 60.5, 61), (10, 0, 59.5, 60)],
)
def test_the_wait_is_six_time_outs_or_the_backoff_if_that_is_longer(
    timeout: int, window: int, backoff: float | None, wait: int
) -> None:
    work = function("work", QUEUE | {"window": window}, timeout=timeout, backoff=backoff)
    assert made(work)["aws_sqs_queue"]["jobs"]["visibility_timeout_seconds"] == wait
    index = function("index", OBJECT, timeout=timeout, backoff=backoff, dead_letter=True)
    assert made(index)["aws_sqs_queue"]["index"]["visibility_timeout_seconds"] == max(
        6 * timeout, math.ceil(backoff or 0)
    )


def test_a_backoff_is_told_only_where_it_is_not_kept() -> None:
    told = AWS.check(app(function("work", QUEUE, timeout=30, backoff=20)), OPTIONS)
    assert ["backoff=20 becomes 180 s" in one.message for one in told] == [True]
    assert AWS.check(app(function("work", QUEUE, timeout=30, backoff=180)), OPTIONS) == []
    assert [one.rule for one in AWS.check(app(function("nightly", TICK, backoff=180)), OPTIONS)] == ["backoff"]


def test_calls_at_once_are_limited_by_the_mapping_where_a_queue_feeds_the_function() -> None:
    resources = made(function("index", OBJECT, concurrency=4, dead_letter=True))
    assert "reserved_concurrent_executions" not in resources["aws_lambda_function"]["index"]
    mapping = resources["aws_lambda_event_source_mapping"]["index"]
    assert mapping["scaling_config"] == {"maximum_concurrency": 4}
    assert "aws_lambda_function_event_invoke_config" not in resources
    direct = made(function("index", OBJECT, concurrency=4))
    assert direct["aws_lambda_function"]["index"]["reserved_concurrent_executions"] == 4
    assert direct["aws_lambda_function_event_invoke_config"]["index"]["maximum_retry_attempts"] == 2


def test_one_call_at_once_of_a_function_that_a_queue_feeds_is_refused() -> None:
    def refused(*functions: FunctionModel) -> list[str]:
        return [one.message for one in AWS.check(app(*functions), OPTIONS) if one.error]

    one = function("index", OBJECT, concurrency=1)
    assert refused(one) == []
    assert refused(one, function("other", OBJECT | {"prefix": "in/"})) == [
        "index: concurrency=1 cannot be kept: a queue feeds this function, and the least of an SQS event source mapping is 2"
    ]
    assert refused(one, function("gone", OBJECT | {"event": "deleted"})) == []
    assert len(refused(function("index", OBJECT, concurrency=1, attempts=9))) == 1
    assert len(refused(function("index", OBJECT, concurrency=1, dead_letter=True))) == 1


def test_only_the_own_queue_redrives_into_dead_letters_and_nobody_into_those_of_a_stream() -> None:
    queues = made(
        function("work", QUEUE, dead_letter=True),
        function("follow", STREAM, dead_letter=True),
        function("nightly", TICK),
    )["aws_sqs_queue"]
    allowed = {name: found.get("redrive_allow_policy") for name, found in queues.items()}
    assert json.loads(allowed["jobs-poison"])["sourceQueueArns"][0].endswith(":shop-dev-jobs")
    assert json.loads(allowed["follow-poison"]) == {"redrivePermission": "denyAll"}
    assert json.loads(allowed["schedules_lost"]) == {"redrivePermission": "denyAll"}
    assert allowed["jobs"] is None


def test_no_policy_hangs_on_the_code_of_a_function() -> None:
    """What a policy refers to must be known when a change of code is planned, or the plan would show the policy as changed."""
    functions = (
        function("work", QUEUE),
        function("index", OBJECT),
        function("nightly", TICK),
        function("follow", STREAM),
    )
    documents = made(*functions, part="data")["aws_iam_policy_document"]
    called = documents["nightly_schedule"]["statement"][0]
    assert called["resources"] == [
        "arn:${local.partition}:lambda:${local.region}:${local.account}:function:shop-dev-nightly"
    ]
    assert [name for name, found in documents.items() if "aws_lambda_function." in json.dumps(found)] == []
