"""Who deploys: the role that `plan --deployer --ci github` wrote updates the stage, is taken by one pipeline only, and reaches nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from deploy.commands import taken_role, token

pytestmark = pytest.mark.xdist_group("deployed")

REFUSED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AccessDeniedFault")


def test_the_pipeline_updates_what_it_deployed(updated: Any, deployed: Any) -> None:
    assert updated.outcome == "changed"
    held = deployed.client("lambda").get_function_configuration(FunctionName="deployed-dev-dead")
    assert (held["Timeout"], held["MemorySize"]) == (21, 256)


@pytest.mark.usefixtures("updated")
def test_the_pipeline_brings_new_code_without_the_engine(deployed: Any) -> None:
    source = deployed.commands.app / "app.py"
    source.write_text(source.read_text().replace('{"letters": letters.count()}', '{"letters": letters.count() + 0}'))
    assert deployed.commands.json("deploy", "--code")["changed"]


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "repo:acme/shop:environment:prod"},
        {"sub": "repo:acme/shop:pull_request"},
        {"sub": "repo:acme/shop:ref:refs/heads/main"},
        {"sub": "repo:acme/shop2:environment:dev"},
        {"sub": "repo:evil/shop:environment:dev"},
        {"aud": "https://github.com/acme"},
        {"iss": "https://issuer.example"},
    ],
)
def test_no_other_token_takes_the_role(deployed: Any, claims: dict[str, str]) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="AccessDenied"):
        taken_role(deployed.commands.environment, deployed.role, token(**claims))


def test_the_role_reaches_nothing_of_another_stage_or_app(deployed: Any) -> None:
    from botocore.exceptions import ClientError

    found = taken_role(deployed.commands.environment, deployed.role, token())
    keys = {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }
    trust = '{"Version": "2012-10-17", "Statement": []}'
    own = "deployed-dev-deployer_"
    calls = [
        ("sqs", "create_queue", {"QueueName": "deployed-prod-jobs"}),
        ("sqs", "create_queue", {"QueueName": "deployed-dev-jobs2"}),
        ("sns", "create_topic", {"Name": "other-dev-news"}),
        ("s3", "create_bucket", {"Bucket": "other-dev-files"}),
        ("ssm", "get_parameter", {"Name": "/deployed/prod/token"}),
        ("dynamodb", "delete_table", {"TableName": "deployed-prod-rows"}),
        ("iam", "create_role", {"RoleName": "deployed-prod-work", "AssumeRolePolicyDocument": trust}),
        ("iam", "put_role_policy", {"RoleName": own, "PolicyName": "more", "PolicyDocument": trust}),
        ("iam", "attach_role_policy", {"RoleName": own, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("lambda", "invoke", {"FunctionName": "deployed-dev-work", "InvocationType": "DryRun"}),
        ("dynamodb", "scan", {"TableName": "deployed-dev-rows"}),
        ("sqs", "receive_message", {"QueueUrl": deployed.outputs["queues"]["jobs"]}),
    ]
    for service, method, arguments in calls:
        with pytest.raises(ClientError) as refused:
            getattr(deployed.client(service, **keys), method)(**arguments)
        assert refused.value.response["Error"]["Code"] in REFUSED, (service, method, refused.value)
