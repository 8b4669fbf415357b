"""Values of plain event data, as `invoke` takes them from JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def content(event: Mapping[str, Any]) -> bytes:
    """Return a body or payload: base64 under "data", text as it is, anything else as JSON."""
    if "data" in event:
        return base64.b64decode(event["data"])
    import msgspec

    value = event.get("body", event.get("payload", ""))
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)


def moment(text: str | None) -> datetime:
    """Return an aware moment from ISO 8601 text, now for None; without an offset it is local time."""
    found = datetime.now() if text is None else datetime.fromisoformat(text)
    return found.astimezone()
