"""HTTP on Lambda: takes an event (API Gateway payload 2.0 or 1.0, function URL, ALB); returns the reply in its format.

Payload 1.0 and the events of an ALB have a module of their own, `http_v1`, which only such an event imports.

An HTTP API decodes the path, in both payload formats and on every domain. A function URL, a REST API and a load balancer
deliver it as it was sent. A path that came decoded is encoded again here, so that it is decoded only once.
Sources: API Gateway "payload format version", Lambda function URL and ELB "Lambda functions as targets" documentation.
"""

from __future__ import annotations

from portable.compute.dispatch import http as dispatch
from portable.eventing.request import Request, received
from portable_aws.runtime.context import ALB_LIMIT, LIMIT, call_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.response import Response
    from portable.eventing.routing import RouteTable

EXPECTED = "an HTTP request (API Gateway payload 2.0 or 1.0, function URL or ALB)"
ALWAYS_FITS = 150_000
"""Characters of a body that is below every limit: in JSON a character takes at most six bytes."""
_PATH = b"/!$&'()*+,;=:@"
_TEXT = ("text/", "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


def handler(table: RouteTable, function: str, base_path: str = "") -> Callable[[Any, Any], dict[str, Any]]:
    """Return the Lambda handler that serves HTTP from a route table.

    `base_path` is the prefix of a custom domain's mapping. It is removed from paths that have it.
    """

    def handle(event: Any, native: Any) -> dict[str, Any]:
        request, encode = decode(event)
        if base_path:
            strip(request, base_path)
        response = dispatch(table, request, call_context(event, native, function))
        try:
            reply = encode(response, event)
        except Exception:
            import logging

            logging.getLogger("portable").exception("%r cannot be sent", response)
            return encode(_error("Internal Server Error"), event)
        if len(reply["body"]) > ALWAYS_FITS:
            limit = ALB_LIMIT if "elb" in event["requestContext"] else LIMIT
            if size(reply) > limit:
                return encode(_error(f"the response is larger than the limit of {limit} bytes"), event)
        return reply

    return handle


def _error(detail: str) -> Response:
    from portable.errors import HTTPError
    from portable.eventing.error_replies import error_response

    return error_response(HTTPError(500, detail))


def size(reply: dict[str, Any]) -> int:
    """Return the size of a reply as the runtime client sends it. Before Python 3.12 it escapes non-ASCII characters."""
    import sys
    from json import dumps

    return len(dumps(reply, ensure_ascii=sys.version_info < (3, 12)).encode())


def decode(event: Any) -> tuple[Request, Callable[[Response, Any], dict[str, Any]]]:
    """Return the request of an event, and the encoder of its reply. Raises EventError for any other event."""
    try:
        context = event["requestContext"]
        http = context.get("http")
        if http is not None and "routeArn" not in event:
            return decode_v2(event, context, http), encode_v2
        if http is None and "methodArn" not in event and "connectionId" not in context:
            from portable_aws.runtime.http_v1 import as_v2, encode_alb, encode_v1

            balanced = "elb" in context
            encode = encode_alb if balanced else encode_v1
            request = decode_v2(*as_v2(event, context, balanced))
            return request, lambda response, event: encode(encode_v2(response, event), event)
    except (KeyError, TypeError, AttributeError, ValueError):  # binascii.Error is a ValueError
        pass
    from portable_aws.runtime.refuse import refuse

    raise refuse(EXPECTED, event)


def decode_v2(event: Any, context: Any, http: Any) -> Request:
    """Return the request of payload 2.0 (HTTP API or function URL). A named stage is removed from the path.

    A function URL has no custom domains, so its event always has its own domain, `<id>.lambda-url.<region>.…`. A test
    event without a domain comes from neither of them; its path is taken as sent by a client.
    """
    path = event["rawPath"]
    odd = "%" in path or " " in path or "#" in path or not (path.isascii() and path.isprintable())
    if odd and ".lambda-url." not in (context.get("domainName") or ".lambda-url."):
        path = encoded_path(path)
    stage = context.get("stage")
    headers = event.get("headers") or {}
    cookies = event.get("cookies")
    if cookies:
        headers = {**headers, "cookie": "; ".join(cookies)}
    body = event.get("body")
    query = event.get("rawQueryString")
    if query is None:
        query = list((event.get("queryStringParameters") or {}).items())
    request = received(
        http["method"].upper(),
        path if path[:1] == "/" else f"/{path}",
        query,
        headers,
        body_bytes(body, event.get("isBase64Encoded")) if body else b"",
        http.get("sourceIp"),
    )
    if stage and stage != "$default":
        strip(request, f"/{stage}")
    return request


def encoded_path(path: str) -> str:
    """Return a path that a gateway has decoded, encoded again."""
    from portable.eventing.urls import quote

    return quote(path, _PATH)


def strip(request: Request, prefix: str) -> None:
    """Take a prefix of whole segments from a path. A path without the prefix stays unchanged."""
    path = request.raw_path
    if path.startswith(prefix):
        rest = path[len(prefix) :]
        if rest[:1] in ("/", ""):
            request.raw_path = rest or "/"
            request.root_path = f"{request.root_path}{prefix}"


def body_bytes(body: str, encoded: Any) -> bytes:
    """Return the bytes of a body. A body marked as base64 that is not, as in hand-written test events, is text."""
    if not encoded or encoded == "false":
        return body.encode()
    from binascii import Error, a2b_base64

    try:
        return a2b_base64(body)
    except Error:
        return body.encode()


def encode_v2(response: Response, event: Any) -> dict[str, Any]:
    """Return a reply in payload 2.0: one value per header name, and a list of cookies."""
    fields = response.headers
    if len(fields) == 1:
        ((name, value),) = fields
        headers = {name.lower(): value}
    else:
        from portable.eventing.multidict import join_headers

        headers = join_headers(fields)
    body, encoded = response._content, False
    if type(body) is not str or "content-encoding" in headers:
        body, encoded = _wire_body(response, headers)
    reply: dict[str, Any] = {
        "statusCode": response.status,
        "headers": headers,
        "isBase64Encoded": encoded,
        "body": body,
    }
    if response.cookies:
        reply["cookies"] = response.cookies
    return reply


def _wire_body(response: Response, headers: dict[str, str]) -> tuple[str, bool]:
    """Return the body as text if its type is text and it is UTF-8, or else in base64."""
    body = response.body
    media_type = headers.get("content-type", "").lower()
    if "content-encoding" not in headers and (
        media_type.startswith(_TEXT) or "+json" in media_type or "+xml" in media_type
    ):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    if not body:
        return "", False
    from binascii import b2a_base64

    return b2a_base64(body, newline=False).decode(), True
