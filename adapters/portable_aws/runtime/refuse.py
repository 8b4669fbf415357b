"""Describes what came instead of the declared event, for EventError."""

from __future__ import annotations

from portable.errors import EventError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNREADABLE = (AttributeError, KeyError, OSError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading an event of another form may raise."""


def refuse(expected: str, event: Any) -> EventError:
    """Return the error that says what was expected and what kind of event came."""
    return EventError(expected, name(event))


def name(event: Any) -> str:
    """Return a description of a Lambda event, by the keys that each service sets."""
    if not isinstance(event, dict):
        return f"a JSON {type(event).__name__}"
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        first = records[0]
        source = first.get("eventSource") or first.get("EventSource") or ("aws:cloudfront" if "cf" in first else None)
        return f"{len(records)} record(s) of {source or 'an unknown source'}"
    context = event.get("requestContext")
    context = context if isinstance(context, dict) else {}
    if "methodArn" in event or "routeArn" in event:
        return "an API Gateway authorizer request"
    if "connectionId" in context:
        return "an API Gateway WebSocket event"
    if "http" in context or "httpMethod" in event:
        return "an HTTP request"
    if "detail-type" in event:
        return f'an EventBridge event "{event["detail-type"]}" of {event.get("source")}'
    if "portable" in event:
        return "a schedule of portable"
    keys = ", ".join(sorted(map(str, event))[:6])
    return f"a JSON object with {keys}" if keys else "an empty JSON object"
