"""Takes a portable Tick; returns what EventBridge Scheduler sends: portable's input, or a "Scheduled Event"."""

from __future__ import annotations

from typing import Any

from portable.eventing.schedule import Tick
from portable_aws.testing.context import ACCOUNT, REGION

FORMS = ("portable", "scheduler", "rule")


def encode_tick(tick: Tick, form: str = "portable") -> dict[str, Any]:
    """Return the event of a tick that was due at `scheduled_at`. It cannot hold `fired_at`."""
    due = tick.scheduled_at.isoformat().replace("+00:00", "Z")
    if form == "portable":
        return {"portable": {"kind": "schedule", "time": due}}
    service = "aws.scheduler" if form == "scheduler" else "aws.events"
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": service,
        "account": ACCOUNT,
        "time": due,
        "region": REGION,
        "resources": [f"arn:aws:{service[4:]}:{REGION}:{ACCOUNT}:schedule/default/schedule"],
        "detail": "{}" if form == "scheduler" else {},
    }
