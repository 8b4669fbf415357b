"""Takes a portable Tick; returns what EventBridge Scheduler sends: portable's input."""

from __future__ import annotations

from typing import Any

from portable.eventing.schedule import Tick


def encode_tick(tick: Tick) -> dict[str, Any]:
    """Return the event of a tick that was due at `scheduled_at`. It cannot hold `fired_at`."""
    due = tick.scheduled_at.isoformat().replace("+00:00", "Z")
    return {"portable": {"kind": "schedule", "time": due}}
