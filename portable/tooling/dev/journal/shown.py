"""Takes an event or a response as the journal keeps it; returns it as people read it."""

from __future__ import annotations

import base64
from typing import Any

from portable.tooling.dev import words


def shown_event(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event: a body in base64 that is a text or JSON is shown as such, other bytes by their beginning."""
    if not isinstance(event.get("data"), str):
        return event
    text = _text(event["data"])
    rest = {name: value for name, value in event.items() if name != "data"}
    if text is None:
        return {
            **rest,
            "data": f"{words.short(event['data'], 40)} ({words.size(len(event['data']) * 3 // 4)} in base64)",
        }
    return {**rest, "payload" if "method" not in event else "body": words.data(text)}


def shown_response(response: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a response with its body as a text if it is one."""
    if response is None:
        return None
    body = response.get("body") or ""
    data = base64.b64decode(body)
    return {**response, "text": words.body_text(data), "size": len(data) + int(response.get("cut") or 0)}


def _text(data: str) -> str | None:
    try:
        return base64.b64decode(data).decode()
    except ValueError:
        return None
