"""A stage of an app on ministack, made by boto3 from the app's own Terraform JSON: functions, log groups, the bucket of the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def make_stage(artifact: Path) -> None:
    """Make what the commands of a stage talk to. boto3 finds the server by its usual variables."""
    found = json.loads((artifact / "infra" / "main.tf.json").read_text())["resource"]
    account = boto3.client("sts").get_caller_identity()["Account"]
    role = boto3.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    bucket = found["aws_s3_bucket"]["code_"]["bucket"].replace("${local.account}", account)
    place = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    code = (artifact / "bundle.zip").read_bytes()
    logs, functions = boto3.client("logs"), boto3.client("lambda")
    for label, function in found["aws_lambda_function"].items():
        group = found["aws_cloudwatch_log_group"][label]["name"]
        logs.create_log_group(logGroupName=group)
        functions.create_function(
            FunctionName=function["function_name"],
            Role=role,
            Runtime=function["runtime"],
            Handler=function["handler"],
            Timeout=function["timeout"],
            Environment={"Variables": _plain(function["environment"]["variables"])},
            Code={"ZipFile": code},
            LoggingConfig={"LogFormat": "JSON", "LogGroup": group},
        )


def _plain(variables: dict[str, Any]) -> dict[str, str]:
    """Return variables with a name in the place of each reference."""
    return {name: f"{value}".replace("${", "").replace("}", "") for name, value in variables.items()}
