"""A request as JSON values in, a response as JSON values out."""

from __future__ import annotations

import json
import sys
from time import time

from portable.compute.context import Context
from portable.compute.dispatch import http as dispatch
from portable.eventing.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.routing import RouteTable

    Handle = Callable[[dict[str, Any]], dict[str, Any]]


def handler(table: RouteTable, timeout: int) -> Handle:
    """Return what answers a request."""

    def handle(event: dict[str, Any]) -> dict[str, Any]:
        headers = [(name, value) for name, value in event["headers"]]
        body = event["body"].encode("latin-1")
        request = Request(event["method"], event["path"], event["query"], headers, body, event["client"])
        response = dispatch(table, request, Context("1", "http", time() + timeout, (event, None)))
        pairs = [*response.headers, *(("set-cookie", cookie) for cookie in response.cookies)]
        return {"status": response.status, "headers": pairs, "body": response.body.decode("latin-1")}

    return handle


def serve(handle: Handle) -> None:
    """Answer the request on standard input."""
    sys.stdout.write(json.dumps(handle(json.load(sys.stdin))))
