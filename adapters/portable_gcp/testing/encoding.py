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
    return _ENCODERS[function.trigger["kind"]](function, event, attempt)


def _tick(_function: FunctionModel, event: Any, _attempt: int | None) -> Native:
    return encode_tick(event)


def _object(function: FunctionModel, event: Any, attempt: int | None) -> Native:
    return encode_object(event, function.trigger["event"], attempt=attempt)


def _message(_function: FunctionModel, event: Any, _attempt: int | None) -> Native:
    return encode_message(event)


def _record(_function: FunctionModel, event: Any, _attempt: int | None) -> Native:
    return encode_record(event)


_ENCODERS: dict[str, Callable[[FunctionModel, Any, int | None], Native]] = {
    "schedule": _tick,
    "object": _object,
    "queue": _message,
    "topic": _message,
    "stream": _record,
}
"""By kind of trigger: a function that takes an event and returns its request."""
