"""Converts a portable Request to the event of an HTTP API, function URL, REST API or ALB, and a reply to a Response.

Forms: "v2" (HTTP API, payload 2.0), "v2-1.0" (HTTP API, payload 1.0), "url" (function URL), "v1" (REST API, payload
1.0), "alb" (multi-value headers), "alb-single" (one value per header). As in AWS, an HTTP API decodes the path, cuts it at
an encoded `?`, and joins leading slashes; the others deliver the path as it was sent. Sources: API Gateway "payload format version", ELB "Lambda functions as targets".
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.urls import unquote
from portable.testing.encoding import query_of
from portable_aws.testing.context import ACCOUNT

FORMS = ("v2", "v2-1.0", "url", "v1", "alb", "alb-single")
_TEXT = ("text/", "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


def encode_request(request: Request, form: str = "v2") -> dict[str, Any]:
    """Return the event of a request. Raises ValueError if `form` is not in `FORMS`."""
    if form in ("v2", "url"):
        return _v2(request, "lambda-url" if form == "url" else "execute-api")
    if form == "v2-1.0":
        event = _v1(request, gateway_path(request.raw_path))
        event["requestContext"]["resourceId"] = "ANY /{proxy+}"
        return {"version": "1.0", **event}
    if form == "v1":
        return _v1(request, request.raw_path)
    if form in ("alb", "alb-single"):
        return _alb(request, many=form == "alb")
    raise ValueError(f"form {form!r} must be one of {', '.join(FORMS)}")


def decode_response(native: Mapping[str, Any]) -> Response:
    """Return the response that a client gets for a handler's reply, in any format."""
    body = native.get("body") or ""
    content = b64decode(body) if native.get("isBase64Encoded") else body.encode()
    pairs = [(name, str(value)) for name, value in (native.get("headers") or {}).items()]
    pairs += [(name, str(v)) for name, values in (native.get("multiValueHeaders") or {}).items() for v in values]
    response = Response(content, int(native["statusCode"]), pairs)
    response.cookies.extend(native.get("cookies") or ())
    return response


def _v2(request: Request, service: str) -> dict[str, Any]:
    headers = dict(request.headers.items())
    cookies = headers.pop("cookie", None)
    body, encoded = _body(request, headers)
    domain = f"abcdefghij.{service}.eu-central-1.{'on.aws' if service == 'lambda-url' else 'amazonaws.com'}"
    sent = request.raw_path if service == "lambda-url" else gateway_path(request.raw_path)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": sent,
        "rawQueryString": query_of(request),
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "abcdefghij",
            "domainName": domain,
            "domainPrefix": "abcdefghij",
            "http": {
                "method": request.method,
                "path": sent,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client_ip,
                "userAgent": headers.get("user-agent"),
            },
            "requestId": uuid4().hex,
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "isBase64Encoded": encoded,
    }
    if cookies is not None:
        event["cookies"] = cookies.split("; ")
    joined: dict[str, str] = {}
    for name, value in request.query.multi_items():
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    if joined:
        event["queryStringParameters"] = joined
    if body:
        event["body"] = body
    return event


def gateway_path(raw_path: str) -> str:
    """Return a path as an HTTP API delivers it: decoded, cut at an encoded `?`, with one slash at its beginning."""
    return "/" + unquote(raw_path).partition("?")[0].lstrip("/")


def _v1(request: Request, path: str) -> dict[str, Any]:
    headers = dict(request.headers.items())
    body, encoded = _body(request, headers)
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
    body, encoded = _body(request, headers)
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


def _body(request: Request, headers: Mapping[str, str]) -> tuple[str, bool]:
    """Return the body as text if its media type is text, as the gateway does, or else in base64."""
    media_type = headers.get("content-type", "").lower()
    if "content-encoding" not in headers and media_type.startswith(_TEXT):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(request.body).decode(), bool(request.body)
