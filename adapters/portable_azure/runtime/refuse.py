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
    """Return a description of what a trigger delivered: the keys of JSON text, or the class of an object."""
    if event is None:
        return "nothing"
    if isinstance(event, (bytes, bytearray)):
        event = bytes(event).decode("utf-8", "replace")
    if isinstance(event, str):
        import json

        try:
            return _json(json.loads(event))
        except (ValueError, RecursionError):
            return f"text that is not JSON ({len(event)} characters)"
    if isinstance(event, (dict, list, int, float)):
        return _json(event)
    kind = type(event).__name__
    found = getattr(event, "event_type", None) or getattr(event, "type", None)
    return f'{kind} "{found}"' if isinstance(found, str) else f"{kind} of {type(event).__module__.partition('.')[0]}"


def _json(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} events, the first {_json(value[0])}" if value else "an empty JSON array"
    if not isinstance(value, dict):
        return "JSON null" if value is None else f"a JSON {type(value).__name__}"
    keys = {str(key).lower(): found for key, found in value.items()}
    if "specversion" in keys:
        return f'CloudEvent "{keys.get("type")}"'
    if "eventtype" in keys:
        return f'Event Grid event "{keys["eventtype"]}"'
    if "schedulestatus" in keys or "ispastdue" in keys:
        return "a timer"
    shown = ", ".join(sorted(map(str, value))[:6])
    return f"a JSON object with {shown}" if shown else "an empty JSON object"
