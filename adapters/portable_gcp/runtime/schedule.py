"""Schedules on Cloud Run functions: takes the call of a Cloud Scheduler job; returns a Tick.

Source: Cloud Scheduler HttpTarget: X-CloudScheduler is true, X-CloudScheduler-ScheduleTime is RFC 3339. It is
sent only for jobs in unix-cron format that were due, not for a job that was started by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime

from portable.compute import dispatch
from portable.eventing.schedule import Tick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable_gcp.runtime.context import GcpContext
    from portable_gcp.runtime.reply import Handle

EXPECTED = "a call of Cloud Scheduler"
_HEADER = "HTTP_X_CLOUDSCHEDULER"


def handler(call: Any, function: str, timeout: int, days: int = 1) -> Handle:
    """Return the target of a schedule; with `days` over 1 it runs only on every such day, counted from 1970-01-01."""
    from portable_gcp.runtime.reply import event_target

    def run(tick: Tick, context: GcpContext) -> bool:
        if days == 1 or (tick.scheduled_at - datetime(1970, 1, 1, tzinfo=UTC)).days % days == 0:
            dispatch.event(call, tick, context)
        return True

    return event_target(function, timeout, decode, run)


def decode(environ: dict[str, Any], body: bytes) -> Tick:
    """Return the Tick of a call. Without a due time, it was due now. Raises EventError for any other request."""
    due = environ.get(f"{_HEADER}_SCHEDULETIME")
    try:
        if due:
            return Tick(moment(due))
        if environ.get(_HEADER) == "true" or environ.get(f"{_HEADER}_JOBNAME"):
            now = datetime.now(UTC)
            return Tick(now, now)
    except (ValueError, OverflowError):
        from portable.errors import EventError

        raise EventError(EXPECTED, f"a call with X-CloudScheduler-ScheduleTime {due!r}, which is not a time,") from None
    from portable_gcp.runtime.refuse import refuse

    raise refuse(EXPECTED, environ, body)


def moment(text: str) -> datetime:
    """Return an RFC 3339 time as aware UTC. Without an offset it is UTC. Raises ValueError or OverflowError."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
