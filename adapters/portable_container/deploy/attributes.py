"""Where a CloudEvent for a function belongs in its app: the function's trigger in, the `source` of the event out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.tooling.app.kinds.registry import RESOURCES


def source_of(app: str, stage: str, function: str, trigger: Mapping[str, Any]) -> str:
    """Return the `source` of the events for a resource. A schedule has no resource, so it is known by its function."""
    found = ((kind, str(trigger[kind])) for kind in RESOURCES if kind in trigger)
    kind, name = next(found, (trigger["kind"], function))
    return f"/{app}/{stage}/{kind}/{name}"
