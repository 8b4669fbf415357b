"""Takes a portable Tick; returns the call of a Cloud Scheduler job."""

from __future__ import annotations

from portable.eventing.schedule import Tick
from portable_gcp.testing.native import Native


def encode_tick(tick: Tick, job: str = "test-job") -> Native:
    """Return the request of a job that was due at the tick's `scheduled_at`. The request cannot hold `fired_at`."""
    due = tick.scheduled_at.isoformat().replace("+00:00", "Z")
    return Native(
        "POST",
        "/",
        "",
        (
            ("user-agent", "Google-Cloud-Scheduler"),
            ("x-cloudscheduler", "true"),
            ("x-cloudscheduler-jobname", job),
            ("x-cloudscheduler-scheduletime", due),
        ),
    )
