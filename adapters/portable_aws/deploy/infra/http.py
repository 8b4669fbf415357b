"""The HTTP API of an app: its routes, its stage with throttling and an access log, and who may call which function."""

from __future__ import annotations

import json

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.facts import FACTS
from portable_aws.deploy.infra.alarms import alarm
from portable_aws.deploy.infra.authorizers import Authorizers
from portable_aws.deploy.infra.places import AwsPlaces
from portable_aws.deploy.infra.policies import allow_call
from portable_aws.deploy.infra.throttling import throttled

API = "http"
LOGS = "/aws/vendedlogs/apis/"
"""How the name of the log group of an API begins. Of others CloudWatch Logs lists each in one policy of the account, of 5,120
characters at most ("Enable logging from AWS services"): after some dozens of stages no more could be made."""
_LOGGED = {
    "time": "$context.requestTime",
    "requestId": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "ip": "$context.identity.sourceIp",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


def http(document: Document, places: AwsPlaces) -> Expression | None:
    """Add the API of an app's HTTP functions and return its base URL; None when the app has none."""
    found = [function for function in places.blueprint.functions if function.trigger["kind"] == "http"]
    if not found:
        return None
    api = document.resource("aws_apigatewayv2_api", API, name=places.stage.prefix(), protocol_type="HTTP")
    own = reference(f"{api}.id")
    group = document.resource(
        "aws_cloudwatch_log_group",
        "access_",
        name=f"{LOGS}{places.stage.prefix()}",
        retention_in_days=reference("var.log_retention_days"),
    )
    authorizers = Authorizers(document, api, found)
    routes = [route for function in found for route in _routes(document, api, function, authorizers)]
    throttles = throttled(found)
    document.resource(
        "aws_apigatewayv2_stage",
        API,
        api_id=own,
        name="$default",
        auto_deploy=True,
        default_route_settings={
            "throttling_rate_limit": reference("var.requests_per_second"),
            "throttling_burst_limit": reference("var.requests_at_once"),
        },
        route_settings=throttles or None,
        depends_on=routes if throttles else None,
        access_log_settings={"destination_arn": reference(f"{group}.arn"), "format": json.dumps(_LOGGED)},
    )
    alarm(document, places, "http_5xx", "AWS/ApiGateway", "5xx", {"ApiId": own})
    return reference(f"{api}.api_endpoint")


def _routes(document: Document, api: str, function: DeployedFunction, authorizers: Authorizers) -> list[str]:
    """Add the routes of one function with their authorizers, and that the API may call it. Return their addresses."""
    own = reference(f"{api}.id")
    integration = document.resource(
        "aws_apigatewayv2_integration",
        function.name,
        api_id=own,
        integration_type="AWS_PROXY",
        integration_uri=reference(f"aws_lambda_function.{function.name}.invoke_arn"),
        payload_format_version="2.0",
        timeout_milliseconds=1000 * FACTS.most("timeout.http"),
    )
    callers = Expression(f"${{{api}.execution_arn}}/*/*")
    allow_call(document, function.name, "api", "apigateway.amazonaws.com", callers)
    return [
        document.resource(
            "aws_apigatewayv2_route",
            f"{function.name}_{number}",
            api_id=own,
            route_key=route,
            target=Expression(f"integrations/${{{integration}.id}}"),
            **authorizers.of(function, route),
        )
        for number, route in enumerate(function.details["routes"], 1)
    ]
