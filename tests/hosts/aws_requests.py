"""Requests as API Gateway, function URLs and load balancers send them to Lambda, in every form that the runtime reads."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from portable.eventing.request import Request
from portable.eventing.sent_query import query_of
from portable_aws.testing import http
from portable_aws.testing.context import ACCOUNT
from portable_aws.testing.http import body_of, decode_response, gateway_path

__all__ = ["FORMS", "decode_response", "encode_request", "gateway_path"]

FORMS = ("v2", "v2-1.0", "url", "v1", "alb", "alb-single")


def encode_request(request: Request, form: str = "v2") -> dict[str, Any]:
    """Return the event of a request in one of the `FORMS`."""
    if form == "v2":
        return http.encode_request(request)
    if form == "url":
        return _url(request)
    if form == "v2-1.0":
        event = _v1(request, gateway_path(request.raw_path))
        event["requestContext"]["resourceId"] = "ANY /{proxy+}"
        return {"version": "1.0", **event}
    if form == "v1":
        return _v1(request, request.raw_path)
    return _alb(request, many=form == "alb")


def _url(request: Request) -> dict[str, Any]:
    """A function URL does not decode the path."""
    event = http.encode_request(request)
    event["rawPath"] = event["requestContext"]["http"]["path"] = request.raw_path
    event["requestContext"]["domainName"] = "abcdefghij.lambda-url.eu-central-1.on.aws"
    return event


def _v1(request: Request, path: str) -> dict[str, Any]:
    headers = dict(request.headers.items())
    body, encoded = body_of(request, headers)
    values = {name: request.query.getlist(name) for name in request.query}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: found[-1] for name, found in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "abcdefghij",
            "httpMethod": request.method,
            "identity": {"sourceIp": request.client_ip, "userAgent": headers.get("user-agent")},
            "path": f"/default{path}",
            "protocol": "HTTP/1.1",
            "requestId": uuid4().hex,
            "resourcePath": "/{proxy+}",
            "stage": "$default",
        },
        "body": body or None,
        "isBase64Encoded": encoded,
    }


def _alb(request: Request, *, many: bool) -> dict[str, Any]:
    """An ALB does not decode the query, and sends the client's address in X-Forwarded-For."""
    headers = dict(request.headers.items())
    before = headers.get("x-forwarded-for")
    if request.client_ip:
        headers["x-forwarded-for"] = f"{before}, {request.client_ip}" if before else request.client_ip
    body, encoded = body_of(request, headers)
    parts = [part.partition("=") for part in query_of(request).split("&") if part]
    pairs = [(name, value) for name, _, value in parts]
    event: dict[str, Any] = {
        "requestContext": {
            "elb": {"targetGroupArn": f"arn:aws:elasticloadbalancing:eu-central-1:{ACCOUNT}:targetgroup/x/1"}
        },
        "httpMethod": request.method,
        "path": request.raw_path,
        "body": body,
        "isBase64Encoded": encoded,
    }
    if many:
        event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        event["multiValueQueryStringParameters"] = values
    else:
        event["headers"] = headers
        event["queryStringParameters"] = dict(pairs)
    return event
