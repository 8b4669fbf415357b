"""What everything of an app is called in a stage on AWS, and where it is: names, ARNs, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from portable.eventing.queue import POISON
from portable.tooling.infra.places import Places
from portable.tooling.infra.stage import shortened
from portable.tooling.infra.terraform import Document, Expression, reference

ACCOUNT = reference("local.account")
_ACCOUNT_DIGITS = 12


@dataclass(frozen=True)
class AwsPlaces(Places):
    """The names of one app in one stage. Limits are those of each service's API reference."""

    @cached_property
    def _fifo(self) -> frozenset[str]:
        return frozenset(
            resource.name
            for resource in self.blueprint.resources
            if resource.kind == "queue" and (resource.options.get("ordered") or resource.options.get("deduplicated"))
        )

    def is_fifo(self, queue: str) -> bool:
        """Say whether a queue is a FIFO queue; dead letters are in a queue of the same type as their own."""
        return queue.removesuffix(POISON) in self._fifo

    def function(self, name: str) -> str:
        """Return the name of a Lambda function, and of its role."""
        return self.stage.called(name)

    def queue(self, name: str) -> str:
        """Return the name of an SQS queue."""
        return self.stage.called(name, 80, ".fifo" if self.is_fifo(name) else "")

    def bucket(self, name: str) -> Expression:
        """Return the name of an S3 bucket. All accounts share these names, so it ends with the account's number."""
        return Expression(f"{self.stage.called(name, 63 - 1 - _ACCOUNT_DIGITS)}-{ACCOUNT}")

    def site_bucket(self) -> Expression:
        """Return the name of the S3 bucket of a site's files, which is none of the app's for the same reason as that of the code."""
        name = shortened(f"{self.stage.prefix()}--site", 63 - 1 - _ACCOUNT_DIGITS)
        return Expression(f"{name}-{ACCOUNT}")

    def code_bucket(self) -> Expression:
        """Return the name of the S3 bucket of the code. No bucket of an app has a name with --, so this is none of theirs."""
        name = shortened(f"{self.stage.prefix()}--code", 63 - 1 - _ACCOUNT_DIGITS)
        return Expression(f"{name}-{ACCOUNT}")

    def code_key(self, sha256: str) -> str:
        """Return the key of the zip with a hash."""
        return f"{sha256}.zip"

    def table(self, name: str) -> str:
        """Return the name of a DynamoDB table, which has at least 3 characters."""
        return self.stage.called(name, 255)

    def topic(self, name: str) -> str:
        """Return the name of an SNS topic."""
        return self.stage.called(name, 256)

    def stream(self, name: str) -> str:
        """Return the name of a Kinesis stream."""
        return self.stage.called(name, 128)

    def secret(self, name: str) -> str:
        """Return the name of an SSM parameter."""
        return f"/{self.stage.app}/{self.stage.name}/{name}"

    def log_group(self, function: str) -> str:
        """Return the name of the log group of a function."""
        return f"/aws/lambda/{self.function(function)}"

    def arn(self, kind: str, name: str) -> Expression:
        """Return the ARN of a resource. It is known before the resource is made, so that no two wait for each other."""
        if kind == "bucket":
            return Expression(f"arn:${{local.partition}}:s3:::{self.bucket(name)}")
        service, before, called = {
            "queue": ("sqs", "", self.queue),
            "table": ("dynamodb", "table/", self.table),
            "topic": ("sns", "", self.topic),
            "stream": ("kinesis", "stream/", self.stream),
            "secret": ("ssm", "parameter", self.secret),
            "log_group": ("logs", "log-group:", self.log_group),
        }[kind]
        return arn(service, f"{before}{called(name)}")

    def address(self, kind: str, name: str) -> Expression | str:
        """Return what the runtime is told of a resource, in the variable of its kind and name."""
        if kind == "secret":
            return self.secret(name)
        made = {
            "bucket": f"aws_s3_bucket.{name}.id",
            "table": f"aws_dynamodb_table.{name}.name",
            "queue": f"aws_sqs_queue.{name}.id",
            "topic": f"aws_sns_topic.{name}.arn",
            "stream": f"aws_kinesis_stream.{name}.arn",
            "setting": f"var.setting_{name}",
        }
        return reference(made[kind])


def here(document: Document) -> dict[str, Expression]:
    """Look up the account, the partition and the region that a configuration is applied in, and return them."""
    for kind in ("aws_caller_identity", "aws_partition", "aws_region"):
        document.data(kind, "here")
    return {
        "account": reference("data.aws_caller_identity.here.account_id"),
        "partition": reference("data.aws_partition.here.partition"),
        "region": reference("data.aws_region.here.id"),
    }


def arn(service: str, path: str) -> Expression:
    """Return an ARN in the account and region of the deployment."""
    return Expression(f"arn:${{local.partition}}:{service}:${{local.region}}:{ACCOUNT}:{path}")
