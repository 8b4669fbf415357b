"""Converts requests of OpenFaaS to JSON values and back."""

from __future__ import annotations

from typing import Any

from portable.eventing.sent_query import query_of
from portable_openfaas.runtime.http import decode
from portable_openfaas.testing.native import Native


def plain(event: Any) -> dict[str, Any]:
    """Return the template's event, or a `Native`, as JSON values. Raises TypeError for anything else."""
    if not isinstance(event, Native):
        if not hasattr(event, "headers") or not hasattr(event, "body"):
            raise TypeError(f"{type(event).__name__} is not an event of the template python3-http")
        request = decode(event)
        headers = tuple(request.headers.items())
        event = Native(request.method, request.raw_path, query_of(request), headers, request.body)
    fields: dict[str, Any] = event.fields()
    return fields


def native(event: dict[str, Any]) -> Native:
    """Return the request that `plain` made these values from."""
    return Native.of(event)
