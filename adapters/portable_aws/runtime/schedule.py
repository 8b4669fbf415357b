"""Schedules on Lambda: takes an event of EventBridge Scheduler or of a scheduled rule; returns a Tick."""

from __future__ import annotations

from datetime import UTC, datetime

from portable.compute import dispatch
from portable.eventing.schedule import Tick
from portable_aws.runtime.context import LambdaContext
from portable_aws.runtime.refuse import UNREADABLE, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""What EventBridge Scheduler replaces by the time of a call ("context attributes"); its stand-ins may not."""
EXPECTED = "a schedule (EventBridge Scheduler or a scheduled rule)"


def handler(call: Any, function: str, days: int = 1) -> Callable[[Any, Any], None]:
    """Return the Lambda handler of a schedule. With `days` over 1 it runs only on every such day, counted from 1970-01-01."""

    def handle(event: Any, native: Any) -> None:
        tick = decode(event)
        if "portable" in event and _left_out(tick, event["portable"]):
            return
        if days > 1 and (tick.scheduled_at - datetime(1970, 1, 1, tzinfo=UTC)).days % days:
            return
        dispatch.event(call, tick, LambdaContext(event, native, function))

    return handle


def decode(event: Any) -> Tick:
    """Return the Tick of an event: portable's input {"portable": {"time": …}} or a "Scheduled Event"."""
    try:
        if "portable" in event and event["portable"]["kind"] == "schedule":
            return Tick(_due(event["portable"]["time"]))
        if event["detail-type"] == "Scheduled Event" and event["source"] in ("aws.events", "aws.scheduler"):
            return Tick(moment(event["time"]))
    except UNREADABLE:
        pass
    raise refuse(EXPECTED, event)


def _due(text: str) -> datetime:
    """Return the time that a call was due at; the minute of now where the server does not fill it in."""
    if text == SCHEDULED_TIME:
        return datetime.now(UTC).replace(second=0, microsecond=0)
    return moment(text)


def _left_out(tick: Tick, given: dict[str, Any]) -> bool:
    """Say whether the day is one that another schedule of the same function has fired on."""
    but = given.get("but")
    if not but:
        return False
    from zoneinfo import ZoneInfo

    return tick.scheduled_at.astimezone(ZoneInfo(given["timezone"])).day in but


def moment(text: str) -> datetime:
    """Return an ISO 8601 time as aware UTC. Without an offset it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
