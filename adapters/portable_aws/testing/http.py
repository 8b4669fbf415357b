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
from portable.eventing.sent_query import query_of
from portable.eventing.urls import unquote
from portable_aws.testing.context import ACCOUNT

_TEXT = ("text/", "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


def encode_request(request: Request) -> dict[str, Any]:
    """Return the event of a request to an HTTP API, in its format 2.0."""
    headers = dict(request.headers.items())
    cookies = headers.pop("cookie", None)
    body, encoded = body_of(request, headers)
    path = gateway_path(request.raw_path)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query_of(request),
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abcdefghij",
            "http": {
                "method": request.method,
                "path": path,
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


def decode_response(native: Mapping[str, Any]) -> Response:
    """Return the response that a client gets for a handler's reply, in any format."""
    body = native.get("body") or ""
    content = b64decode(body) if native.get("isBase64Encoded") else body.encode()
    pairs = [(name, str(value)) for name, value in (native.get("headers") or {}).items()]
    pairs += [(name, str(v)) for name, values in (native.get("multiValueHeaders") or {}).items() for v in values]
    response = Response(content, int(native["statusCode"]), pairs)
    response.cookies.extend(native.get("cookies") or ())
    return response


def gateway_path(raw_path: str) -> str:
    """Return a path as an HTTP API delivers it: decoded, cut at an encoded `?`, with one slash at its beginning."""
    return "/" + unquote(raw_path).partition("?")[0].lstrip("/")


def body_of(request: Request, headers: Mapping[str, str]) -> tuple[str, bool]:
    """Return the body as text if its media type is text, as the gateway does, or else in base64."""
    media_type = headers.get("content-type", "").lower()
    if "content-encoding" not in headers and media_type.startswith(_TEXT):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(request.body).decode(), bool(request.body)
