"""Converts events of Lambda to JSON values and back. They are JSON already."""

from __future__ import annotations

import json
from typing import Any


def plain(event: Any) -> Any:
    """Return an event as JSON values. Raises TypeError if it is not JSON."""
    return json.loads(json.dumps(event))


def native(event: Any) -> Any:
    """Return the event that `plain` made these values from."""
    return event
