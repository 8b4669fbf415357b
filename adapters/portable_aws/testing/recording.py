"""Events of Lambda as JSON values and back: they are JSON already."""

from __future__ import annotations

import json
from typing import Any


def plain(event: Any) -> Any:
    """Return an event as JSON values. Raises TypeError for what is no JSON."""
    return json.loads(json.dumps(event))


def native(event: Any) -> Any:
    """Return the event that the entry takes."""
    return event
