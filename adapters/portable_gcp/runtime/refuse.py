"""Describes what came instead of the declared event, for EventError."""

from __future__ import annotations

from portable.errors import EventError
from portable_gcp.runtime.cloudevent import PUBLISHED, CloudEvent, NotAnEvent, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNREADABLE = (AttributeError, KeyError, OSError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading an event of another form may raise."""


def refuse(expected: str, environ: dict[str, Any], body: bytes) -> EventError:
    """Return the error that says what was expected and what came."""
    try:
        return EventError(expected, name(read(environ, body)))
    except NotAnEvent as error:
        return EventError(expected, str(error))


def name(event: CloudEvent) -> str:
    """Return a description of an event, made from its type and, for Pub/Sub, from its message."""
    if event.type != PUBLISHED:
        return f'an event "{event.type}"{f" of {event.source}" if event.source else ""}'
    message = event.data.get("message") if isinstance(event.data, dict) else None
    attributes = message.get("attributes") if isinstance(message, dict) else None
    if isinstance(attributes, dict) and "bucketId" in attributes:
        return f"a notification {attributes.get('eventType')} of the bucket {attributes['bucketId']}"
    return "a Pub/Sub message" if isinstance(message, dict) else "a Pub/Sub event without a message"
