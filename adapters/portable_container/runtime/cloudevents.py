"""A CloudEvent (CloudEvents 1.0), however it came, and the types of those that are ours."""

from __future__ import annotations

from portable.base.values import Value
from portable.eventing.envelope import TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

OBJECT = "portable.object."
"""How the types of events of buckets begin; "created" or "deleted" follows."""
TICK = "portable.tick"
"""The type of a due moment."""


class CloudEvent(Value):
    """An event: its context attributes and extensions by their names, all as text, and its data as bytes."""

    attributes: Mapping[str, str]
    data: bytes


def type_of(trigger: Mapping[str, Any]) -> str:
    """Return the type of our events for a function with such a trigger. Messages and records have the same."""
    if trigger["kind"] == "object":
        return f"{OBJECT}{trigger['event']}"
    return TICK if trigger["kind"] == "schedule" else TYPE
