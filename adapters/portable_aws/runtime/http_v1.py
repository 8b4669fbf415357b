"""HTTP in API Gateway's payload 1.0 (REST API or HTTP API) and of an ALB: their events as payload 2.0, and its replies as theirs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def as_v2(event: Any, context: Any, balanced: bool) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return an event as one of payload 2.0, with what its context says of the gateway and of the request.

    The query values of an ALB (`balanced`) are percent-encoded. Only an HTTP API has decoded the path; its event keeps
    a named stage in the path.
    """
    headers = _pairs({**(event.get("headers") or {}), **(event.get("multiValueHeaders") or {})})
    query = _pairs(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters"))
    if balanced:
        from portable.eventing.urls import unquote

        query = [(unquote(name.replace("+", " ")), unquote(value.replace("+", " "))) for name, value in query]
        forwarded = next((value for name, value in headers if name.lower() == "x-forwarded-for"), None)
        client_ip = forwarded.rpartition(",")[2].strip() if forwarded else None
    else:
        client_ip = (context.get("identity") or {}).get("sourceIp")
    found = {
        "rawPath": event["path"],
        "rawQueryString": query,
        "headers": headers,
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded"),
    }
    decoded = event.get("version") == "1.0" and _of_http_api(context)
    gateway = {"domainName": "an HTTP API", "stage": context.get("stage")} if decoded else {}
    return found, gateway, {"method": event["httpMethod"], "sourceIp": client_ip}


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


def encode_v1(reply: dict[str, Any], event: Any) -> dict[str, Any]:
    """Return a reply of payload 2.0 in payload 1.0: every header in multiValueHeaders."""
    cookies = reply.pop("cookies", None)
    reply["multiValueHeaders"] = {name: [value] for name, value in reply.pop("headers").items()}
    if cookies:
        reply["multiValueHeaders"]["set-cookie"] = cookies
    return reply


def encode_alb(reply: dict[str, Any], event: Any) -> dict[str, Any]:
    """Return a reply of payload 2.0 for an ALB, in the header form of the request: several values per name, or one.

    In the one-value form each further cookie gets a header name with different case, which HTTP ignores.
    """
    reply = encode_v1(reply, event)
    reply["statusDescription"] = f"{reply['statusCode']} {_reason(reply['statusCode'])}"
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
