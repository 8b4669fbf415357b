"""Converts requests of OpenFaaS to JSON values and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from portable_openfaas.runtime.http import decode
from portable_openfaas.testing.native import Native


def plain(event: Any) -> dict[str, Any]:
    """Return the template's event, or a `Native`, as JSON values. Raises TypeError for anything else."""
    if not isinstance(event, Native):
        if not hasattr(event, "headers") or not hasattr(event, "body"):
            raise TypeError(f"{type(event).__name__} is not an event of the template python3-http")
        request = decode(event)
        query = request._query_string
        headers = tuple(request.headers.items())
        event = Native(request.method, request.raw_path, str(query), headers, request.body)
    fields: dict[str, Any] = {"method": event.method, "path": event.path, "query": event.query}
    fields["headers"] = [list(pair) for pair in event.headers]
    try:
        return {**fields, "body": event.body.decode()}
    except UnicodeDecodeError:
        return {**fields, "body_base64": b64encode(event.body).decode()}


def native(event: dict[str, Any]) -> Native:
    """Return the request that `plain` made these values from."""
    body = b64decode(event["body_base64"]) if "body_base64" in event else event.get("body", "").encode()
    headers = event.get("headers", [])
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Native(event["method"], event["path"], event.get("query", ""), tuple((k, v) for k, v in pairs), body)
