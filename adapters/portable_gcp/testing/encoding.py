"""Takes a portable event of a function; returns the request that its service is sent for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portable.tooling.app.model import FunctionModel
from portable_gcp.testing.messages import encode_message
from portable_gcp.testing.native import Native
from portable_gcp.testing.objects import encode_object
from portable_gcp.testing.records import encode_record
from portable_gcp.testing.schedule import encode_tick


def encoded(function: FunctionModel, event: Any, attempt: int | None) -> Native:
    """Return the request of an event that is no request itself."""
    if function.trigger["kind"] == "object":
        return encode_object(event, function.trigger["event"], attempt=attempt)
    return _ENCODERS[function.trigger["kind"]](event)


_ENCODERS: dict[str, Callable[[Any], Native]] = {
    "schedule": encode_tick,
    "queue": encode_message,
    "topic": encode_message,
    "stream": encode_record,
}
"""By kind of trigger: the function that makes the request of an event."""
