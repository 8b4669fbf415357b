"""Takes a portable Tick; returns the JSON of the timer trigger."""

from __future__ import annotations

import json
from datetime import timedelta

from portable.eventing.schedule import Tick


def encode_tick(tick: Tick, *, past_due: bool = False) -> str:
    """Return what the host sends for the occurrence due at the tick's `scheduled_at`. It cannot hold `fired_at`."""
    due = tick.scheduled_at
    status = {
        "Last": (due - timedelta(minutes=5)).isoformat(),
        "Next": due.isoformat(),
        "LastUpdated": (due - timedelta(minutes=5)).isoformat(),
    }
    return json.dumps({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": past_due})
