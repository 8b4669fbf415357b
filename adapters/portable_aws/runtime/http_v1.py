"""HTTP in API Gateway's payload 1.0 (REST API or HTTP API) and of an ALB: takes the event; returns the reply in its format."""

from __future__ import annotations

from portable.eventing.request import Request
from portable_aws.runtime.http import body_bytes, encode_v2, encoded_path, without

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.eventing.response import Response


def decode_v1(event: Any, context: Any, encoded: bool) -> Request:
    """Return the request of payload 1.0 (REST API or HTTP API) or of an ALB, whose query values are percent-encoded.

    Only an HTTP API has decoded the path; its event keeps a named stage in the path.
    """
    path = event["path"]
    if event.get("version") == "1.0" and _of_http_api(context):
        path = encoded_path(path)
        stage = context.get("stage")
        if stage and stage != "$default":
            path = without(path, f"/{stage}")
    headers = _pairs({**(event.get("headers") or {}), **(event.get("multiValueHeaders") or {})})
    query = _pairs(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters"))
    if encoded:
        from portable.eventing.urls import unquote

        query = [(unquote(name.replace("+", " ")), unquote(value.replace("+", " "))) for name, value in query]
        forwarded = next((value for name, value in headers if name.lower() == "x-forwarded-for"), None)
        client_ip = forwarded.rpartition(",")[2].strip() if forwarded else None
    else:
        client_ip = (context.get("identity") or {}).get("sourceIp")
    body = event.get("body")
    return Request(
        event["httpMethod"].upper(),
        path if path[:1] == "/" else f"/{path}",
        query,
        headers,
        body_bytes(body, event.get("isBase64Encoded")) if body else b"",
        client_ip,
    )


def _of_http_api(context: Any) -> bool:
    """Return whether a request in payload 1.0 came by an HTTP API. Only HTTP APIs have a $default stage and name their routes."""
    return context.get("stage") == "$default" or " " in (context.get("resourceId") or "")


def _pairs(fields: Any) -> list[tuple[str, str]]:
    """Return a mapping of values or lists of values as pairs, without null values."""
    return [
        (name, str(value))
        for name, values in (fields or {}).items()
        for value in (values if isinstance(values, list) else (values,))
        if value is not None
    ]


def encode_v1(response: Response, event: Any) -> dict[str, Any]:
    """Return a reply in payload 1.0: every header in multiValueHeaders."""
    reply = encode_v2(response, event)
    cookies = reply.pop("cookies", None)
    reply["multiValueHeaders"] = {name: [value] for name, value in reply.pop("headers").items()}
    if cookies:
        reply["multiValueHeaders"]["set-cookie"] = cookies
    return reply


def encode_alb(response: Response, event: Any) -> dict[str, Any]:
    """Return a reply for an ALB, in the header form of the request: several values per name, or one.

    In the one-value form each further cookie gets a header name with different case, which HTTP ignores.
    """
    reply = encode_v1(response, event)
    reply["statusDescription"] = f"{response.status} {_reason(response.status)}"
    if not event.get("multiValueHeaders"):
        headers = {}
        for name, values in reply.pop("multiValueHeaders").items():
            for index, value in enumerate(values):
                headers[_cased(name, index)] = value
        reply["headers"] = headers
    return reply


def _cased(name: str, index: int) -> str:
    """Return the name with the case of its letters set by the bits of `index`."""
    letters = []
    for character in name:
        letters.append(character.upper() if character.isalpha() and index & 1 else character)
        if character.isalpha():
            index >>= 1
    return "".join(letters)


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
