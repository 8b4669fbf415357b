"""What is there of a stage that no state knows, looked for on ministack."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from processes.tooling.remote.conftest import Shop

from portable.tooling.bundle.manifest import read_manifest
from portable.tooling.infra.blueprint import read_blueprint
from portable.tooling.infra.remote import Running
from portable.tooling.infra.stage import Stage
from portable_aws.deploy.remote.standing import AwsStanding

API, HELLO = "aws_apigatewayv2_api.http", "aws_lambda_function.hello"
CALLER = "aws_lambda_permission.hello"


@pytest.fixture
def api() -> Iterator[str]:
    """An HTTP API of the stage, between two that only have its name."""
    gateway, functions = boto3.client("apigatewayv2"), boto3.client("lambda")
    made = [
        gateway.create_api(Name="shop-dev", ProtocolType="HTTP", Tags=tags)["ApiId"]
        for tags in ({}, {"app": "shop", "stage": "dev"}, {"app": "shop", "stage": "prod"})
    ]
    functions.add_permission(
        FunctionName="shop-dev-hello",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    yield made[1]
    functions.remove_permission(FunctionName="shop-dev-hello", StatementId="api")
    for each in made:
        gateway.delete_api(ApiId=each)


def standing(shop: Shop, stage: str) -> AwsStanding:
    return AwsStanding(Running(read_blueprint(read_manifest(shop.out / "aws")), Stage("shop", stage)))


def test_the_bucket_of_the_code_says_that_a_stage_is_there(shop: Shop) -> None:
    found = standing(shop, "dev").claimed()
    assert found is not None
    assert found.startswith("the bucket shop-dev--code-")
    assert standing(shop, "prod").claimed() is None


def test_what_would_be_made_twice_or_tried_for_minutes_is_found(shop: Shop, api: str) -> None:
    looked = standing(shop, "dev").found({API, HELLO, CALLER, "aws_lambda_permission.boom", "aws_iam_role.a"})
    assert looked == {API: api, HELLO: "shop-dev-hello", CALLER: "shop-dev-hello/api"}
    assert standing(shop, "prod").found({API, HELLO, CALLER}) == {}
