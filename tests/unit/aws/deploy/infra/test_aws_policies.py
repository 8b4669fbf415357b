"""What no server of the tests enforces: who may call a function, who may take a role, what mappings and schedules may do, and
that every action is one of AWS's. Whatever an app declares, its policies say exactly this."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from searches import examples
from unit.aws.deploy.aws_actions import is_real
from unit.aws.deploy.infra.aws_policies import Policies, Statement, covers
from unit.tooling.infra.any_apps import apps
from unit.tooling.rules.apps import HTTP, app, function

from portable.tooling.app.model import AppModel
from portable.tooling.target import Options
from portable_aws.deploy.target import target

TAKES = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
FOLLOWS = {
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
}


def allowed(statements: list[Statement]) -> dict[str, set[str]]:
    """Return the actions that statements allow, by resource."""
    found: dict[str, set[str]] = {}
    for one in statements:
        assert one.get("effect", "Allow") == "Allow"
        for resource in one["resources"]:
            found.setdefault(resource, set()).update(one["actions"])
    return found


def every_action_is_one_that_aws_has_and_none_is_a_pattern(found: Policies) -> None:
    for label, one in found.documents():
        if one.get("effect") == "Deny":
            assert one["condition"] == {("Bool", "aws:SecureTransport"): ["false"]}
            continue
        assert [action for action in one["actions"] if not is_real(action)] == [], label


@examples(25)
@given(apps())
def test_a_role_names_things_of_its_own_stage_and_nothing_of_another(model: AppModel) -> None:
    dev, other = Policies(model, "dev"), Policies(model, "dev-eu")
    own, foreign = dev.arns(), other.arns()
    assert own.isdisjoint(foreign)
    for role in dev.resources("aws_iam_role"):
        for resource in allowed(dev.of_identity(role)):
            exact = re.sub(r"(/\*|:\*|/index/[\w-]+)$", "", resource)
            assert exact in own, resource
            assert "*" not in exact
            assert not any(covers(resource, arn) for arn in foreign), resource


def a_role_is_taken_by_one_service_and_for_one_source_where_aws_tells_it(found: Policies) -> None:
    for role, one in found.resources("aws_iam_role").items():
        trust = found.trust(role)
        [who] = trust["principals"]
        assert (trust["actions"], who["type"]) == (["sts:AssumeRole"], "Service")
        assert one["permissions_boundary"] == "${var.permissions_boundary}"
        if role in found.resources("aws_lambda_function"):
            assert (who["identifiers"], trust["condition"]) == (["lambda.amazonaws.com"], {})
            continue
        [group] = found.resources("aws_scheduler_schedule_group").values()
        assert who["identifiers"] == ["scheduler.amazonaws.com"]
        assert trust["condition"] == {
            ("StringEquals", "aws:SourceAccount"): ["1"],
            ("ArnLike", "aws:SourceArn"): [f"arn:aws:scheduler:eu:1:schedule-group/{group['name']}"],
        }


def every_function_has_a_role_that_no_other_one_has(found: Policies) -> None:
    functions = found.resources("aws_lambda_function")
    assert {one["role"] for one in functions.values()} == {f"${{aws_iam_role.{name}.arn}}" for name in functions}


def the_role_of_a_schedule_calls_its_function_and_keeps_what_was_lost(found: Policies) -> None:
    for one in found.resources("aws_scheduler_schedule").values():
        [to] = one["target"] if isinstance(one["target"], list) else [one["target"]]
        role = re.fullmatch(r"\$\{aws_iam_role\.([\w-]+)\.arn\}", to["role_arn"])
        assert role is not None
        assert allowed(found.of_identity(role[1])) == {
            found.read(to["arn"]): {"lambda:InvokeFunction"},
            found.read(to["dead_letter_config"]["arn"]): {"sqs:SendMessage"},
        }


def whoever_calls_a_function_may_do_so_for_its_own_source_only(found: Policies) -> None:
    expected: dict[str, Any] = {
        _called(one["integration_uri"]): (
            "apigateway.amazonaws.com",
            "${aws_apigatewayv2_api.http.execution_arn}/*/*",
            None,
        )
        for one in found.resources("aws_apigatewayv2_integration").values()
    }
    for label, told in found.resources("aws_s3_bucket_notification").items():
        for one in told.get("lambda_function", ()):
            bucket = f"${{aws_s3_bucket.{label}.arn}}"
            expected[_called(one["lambda_function_arn"])] = ("s3.amazonaws.com", bucket, "${local.account}")
    given_to = {}
    for one in found.resources("aws_lambda_permission").values():
        assert one["action"] == "lambda:InvokeFunction"
        given_to[_called(one["function_name"])] = (one["principal"], one["source_arn"], one.get("source_account"))
    assert given_to == expected


def _called(expression: str) -> str:
    found = re.fullmatch(r"\$\{aws_lambda_function\.([\w-]+)\.\w+\}", expression)
    assert found is not None, expression
    return found[1]


def a_mapping_reads_its_source_by_the_role_of_its_function(found: Policies) -> None:
    mapped: dict[str, set[str]] = {}
    for one in found.resources("aws_lambda_event_source_mapping").values():
        source, name = found.read(one["event_source_arn"]), _called(one["function_name"])
        needed = TAKES if ":sqs:" in source else FOLLOWS
        assert needed <= allowed(found.of_identity(name))[source]
        assert one["function_response_types"] == ["ReportBatchItemFailures"]
        mapped.setdefault(name, set()).add(source)
    for name in found.resources("aws_lambda_function"):
        for resource, actions in allowed(found.of_identity(name)).items():
            if actions >= FOLLOWS or "sqs:DeleteMessage" in actions:
                assert resource in mapped.get(name, ()), "nobody else takes messages"


def queues_topics_and_buckets_are_filled_by_their_own_source_and_never_without_tls(found: Policies) -> None:
    fills = _fills(found)
    for kind, refused in (("aws_sqs_queue", "sqs:*"), ("aws_sns_topic", "sns:Publish"), ("aws_s3_bucket", "s3:*")):
        for arn, label, statements in found.of_resource(kind):
            denied = [one for one in statements if one.get("effect") == "Deny"]
            assert [(one["actions"], one["resources"][0]) for one in denied] == [([refused], arn)], label
            assert denied[0]["principals"] == [{"type": "*", "identifiers": ["*"]}]
            allowing = [one for one in statements if one not in denied]
            assert {_filler(one) for one in allowing} == fills.get(arn, set()), label
            assert all(one["resources"] == [arn] for one in allowing)


def _filler(statement: Statement) -> tuple[str, str, str]:
    [who] = statement["principals"]
    [service] = who["identifiers"]
    [action] = statement["actions"]
    assert who["type"] == "Service"
    assert set(statement["condition"]) == {("ArnLike", "aws:SourceArn"), ("StringEquals", "aws:SourceAccount")}
    assert statement["condition"]["StringEquals", "aws:SourceAccount"] == ["1"]
    [source] = statement["condition"]["ArnLike", "aws:SourceArn"]
    return service, action, source


def _fills(found: Policies) -> dict[str, set[tuple[str, str, str]]]:
    """Return who fills what, as the subscriptions and notifications of the configuration say."""
    alarms = {found.read("${aws_sns_topic.alarms_.arn}"): {("cloudwatch.amazonaws.com", "sns:Publish", _ALARMS)}}
    for one in found.resources("aws_sns_topic_subscription").values():
        if one["protocol"] == "sqs":
            source = ("sns.amazonaws.com", "sqs:SendMessage", found.read(one["topic_arn"]))
            alarms.setdefault(found.read(one["endpoint"]), set()).add(source)
    for label, told in found.resources("aws_s3_bucket_notification").items():
        bucket = found.read(f"${{aws_s3_bucket.{label}.arn}}")
        for one in told.get("queue", ()):
            alarms.setdefault(found.read(one["queue_arn"]), set()).add(("s3.amazonaws.com", "sqs:SendMessage", bucket))
        for one in told.get("topic", ()):
            alarms.setdefault(found.read(one["topic_arn"]), set()).add(("s3.amazonaws.com", "sns:Publish", bucket))
    return alarms


_ALARMS = "arn:aws:cloudwatch:eu:1:alarm:shop-prod-*"


RULES: tuple[Callable[[Policies], None], ...] = (
    every_action_is_one_that_aws_has_and_none_is_a_pattern,
    a_role_is_taken_by_one_service_and_for_one_source_where_aws_tells_it,
    every_function_has_a_role_that_no_other_one_has,
    the_role_of_a_schedule_calls_its_function_and_keeps_what_was_lost,
    whoever_calls_a_function_may_do_so_for_its_own_source_only,
    a_mapping_reads_its_source_by_the_role_of_its_function,
    queues_topics_and_buckets_are_filled_by_their_own_source_and_never_without_tls,
)
"""What holds of the policies of any app. To draw an app and to write its configuration is most of the work: once for all."""


@examples(25)
@given(apps())
def test_whatever_an_app_declares_its_policies_say_exactly_this(model: AppModel) -> None:
    found = Policies(model)
    for rule in RULES:
        rule(found)


def test_x_ray_is_switched_on_only_where_it_was_asked_for() -> None:
    model = app(function("home", HTTP))
    traced = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    assert [is_real(action) for action in traced] == [True, True]
    for table, mode, actions in (({}, "PassThrough", set()), ({"tracing": True}, "Active", traced)):
        found = Policies(model, table=table)
        assert found.resources("aws_lambda_function")["home"]["tracing_config"] == {"mode": mode}
        assert allowed(found.of_identity("home")).get("*", set()) == actions


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_tracing_is_true_or_false(value: object) -> None:
    [problem] = target.check(app(function("home", HTTP)), Options("3.12", "x86_64", {"tracing": value}))
    assert "must be true or false" in problem.message
