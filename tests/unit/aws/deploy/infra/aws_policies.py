"""The configuration of an app on AWS with every reference followed: who may do what on which ARN, as AWS would read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from infrastructures import tool

from portable.tooling.app.model import AppModel
from portable.tooling.infra.stage import Stage
from portable.tooling.target import Options
from portable_aws.deploy.target import target

_PATHS = {
    "aws_sqs_queue": ("sqs:eu:1:", "name"),
    "aws_sns_topic": ("sns:eu:1:", "name"),
    "aws_s3_bucket": ("s3:::", "bucket"),
    "aws_kinesis_stream": ("kinesis:eu:1:stream/", "name"),
    "aws_dynamodb_table": ("dynamodb:eu:1:table/", "name"),
    "aws_ssm_parameter": ("ssm:eu:1:parameter", "name"),
    "aws_lambda_function": ("lambda:eu:1:function:", "function_name"),
    "aws_cloudwatch_log_group": ("logs:eu:1:log-group:", "name"),
    "aws_scheduler_schedule_group": ("scheduler:eu:1:schedule-group/", "name"),
    "aws_cloudwatch_metric_alarm": ("cloudwatch:eu:1:alarm:", "alarm_name"),
}
"""By type of resource: the ARN before its name, and the argument that has the name."""
_LOCALS = {"partition": "aws", "region": "eu", "account": "1"}
Statement = dict[str, Any]
blueprint_of = tool().blueprint_of


class Policies:
    """One app in one stage. Labels and addresses are those of the configuration, ARNs are written out."""

    def __init__(self, model: AppModel, stage: str = "prod", table: Mapping[str, object] | None = None) -> None:
        options = Options("3.12", "x86_64", table or {})
        infrastructure = target.infra(blueprint_of(model, "aws", options), Stage(model.name, stage))
        assert infrastructure is not None
        self.main = json.loads(infrastructure.files()["main.tf.json"])

    def resources(self, kind: str) -> dict[str, Any]:
        """Return the resources of a type, by label."""
        found: dict[str, Any] = self.main["resource"].get(kind, {})
        return found

    def arns(self) -> set[str]:
        """Return the ARN of everything in the stage that a policy may name."""
        return {
            self.read(f"arn:aws:{before}{one[name]}")
            for kind, (before, name) in _PATHS.items()
            for one in self.resources(kind).values()
        }

    def read(self, text: str) -> str:
        """Return a text with its references followed: local values, and the ARNs of resources."""
        text = re.sub(r"\$\{local\.(\w+)\}", lambda found: _LOCALS[found[1]], text)
        return re.sub(r"\$\{(aws_\w+)\.([\w-]+)\.(\w+)\}", self._followed, text)

    def _followed(self, found: re.Match[str]) -> str:
        kind, label, wanted = found.groups()
        before, name = _PATHS[kind]
        called = self.read(self.resources(kind)[label][name])
        return f"arn:aws:{before}{called}" if wanted == "arn" else called

    def statements(self, label: str) -> list[Statement]:
        """Return the statements of a policy document, with ARNs written out."""
        return [self._statement(found) for found in self.main["data"]["aws_iam_policy_document"][label]["statement"]]

    def _statement(self, found: Statement) -> Statement:
        conditions = {
            (one["test"], one["variable"]): [*map(self.read, one["values"])] for one in found.get("condition", ())
        }
        return {**found, "resources": [*map(self.read, found.get("resources", ()))], "condition": conditions}

    def documents(self) -> Iterator[tuple[str, Statement]]:
        """Yield each statement of each policy document, with the document's label."""
        for label in self.main["data"]["aws_iam_policy_document"]:
            for found in self.statements(label):
                yield label, found

    def of_identity(self, role: str) -> list[Statement]:
        """Return what a role may do."""
        given = [
            one for one in self.resources("aws_iam_role_policy").values() if one["role"] == _id("aws_iam_role", role)
        ]
        return [found for one in given for found in self.statements(_label(one["policy"]))]

    def trust(self, role: str) -> Statement:
        """Return the one statement that says who may take a role."""
        [found] = self.statements(_label(self.resources("aws_iam_role")[role]["assume_role_policy"]))
        return found

    def of_resource(self, kind: str) -> Iterator[tuple[str, str, list[Statement]]]:
        """Yield the ARN of each queue, topic or bucket with its label and the statements of its own policy."""
        before, name = _PATHS[kind]
        attached = {
            "aws_sns_topic": ("aws_sns_topic_policy", "arn"),
            "aws_s3_bucket": ("aws_s3_bucket_policy", "bucket"),
        }
        for label, one in self.resources(kind).items():
            held = one.get("policy")
            if kind in attached:
                policies, on = attached[kind]
                [held] = [
                    each["policy"] for each in self.resources(policies).values() if f"{kind}.{label}." in each[on]
                ]
            yield self.read(f"arn:aws:{before}{one[name]}"), label, self.statements(_label(held)) if held else []


def covers(pattern: str, arn: str) -> bool:
    """Say whether a resource of a policy fits an ARN or what is in it, such as an object of a bucket."""
    return fnmatchcase(arn, pattern) or fnmatchcase(f"{arn}/x", pattern) or fnmatchcase(f"{arn}:x", pattern)


def _id(kind: str, label: str) -> str:
    return f"${{{kind}.{label}.id}}"


def _label(expression: str) -> str:
    found = re.fullmatch(r"\$\{data\.aws_iam_policy_document\.([\w-]+)\.json\}", expression)
    assert found is not None, expression
    return found[1]
