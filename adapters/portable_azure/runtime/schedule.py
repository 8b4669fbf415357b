"""Schedules on Azure: takes what the timer trigger sends (JSON text or `azure.functions.TimerRequest`); returns a Tick.

The host sends `ScheduleStatus.Next`. While the function runs, this is the due time, also when it is late
(Azure/azure-webjobs-sdk-extensions, TimerListener.InvokeJobFunction). The timer fires at least as often as the schedule
requires; additional runs are skipped here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from portable.compute import dispatch
from portable.eventing.cron import parse
from portable.eventing.schedule import Tick
from portable_azure.runtime.context import AzureContext
from portable_azure.runtime.entry import entry
from portable_azure.runtime.refuse import UNREADABLE, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from portable.base.steps import Steps
    from portable.eventing.cron import Cron
    from portable_azure.runtime.entry import Handle

EXPECTED = "a schedule (timer trigger)"
_KEYS = frozenset(("schedule", "schedulestatus", "ispastdue"))
_EARLY = timedelta(seconds=30)
"""How early a timer may fire before its due minute."""


class Plan:
    """When a schedule is due: cron `expression` in `timezone`, every `days`-th day; `fired` is the timer's NCRONTAB."""

    __slots__ = ("cron", "days", "fired", "timezone")

    def __init__(self, expression: str, timezone: str, fired: str, days: int = 1) -> None:
        self.cron = parse(expression)
        self.fired = parse(fired.partition(" ")[2])
        self.timezone = timezone
        self.days = days

    def due(self, moment: datetime) -> bool:
        """Return whether the schedule is due at a minute, which is aware and in UTC."""
        if self.days > 1 and (moment - datetime(1970, 1, 1, tzinfo=UTC)).days % self.days:
            return False
        return self.cron.matches(self._local(moment))

    def held_back(self, moment: datetime) -> bool:
        """Return whether the timer fires at this minute although the schedule is not due."""
        return self.fired.matches(moment) and not self.due(moment)

    def latest(self, moment: datetime) -> datetime:
        """Return the last due minute up to a moment, or the minute of the moment itself if there is none."""
        for day in range(366 * 8):
            for found in _minutes(self.fired, moment - timedelta(days=day)):
                if found <= moment and self.due(found):
                    return found
        return _minute(moment)

    def _local(self, moment: datetime) -> datetime:
        if self.timezone == "UTC":
            return moment
        from zoneinfo import ZoneInfo

        return moment.astimezone(ZoneInfo(self.timezone))


def handler(
    call: Any,
    function: str,
    timeout: float,
    expression: str,
    timezone: str,
    fired: str,
    days: int = 1,
    awaited: bool = False,
) -> Handle:
    """Return what a function of the app calls, or awaits (`awaited`), with its timer and context.

    `timeout` is in seconds.
    """
    plan = Plan(expression, timezone, fired, days)
    once = dispatch.event_async if awaited else dispatch.event

    def steps(event: Any, native: Any) -> Steps[None]:
        tick = decode(event, plan)
        if not plan.held_back(tick.scheduled_at):
            yield once(call, tick, AzureContext(event, native, function, timeout, attempt(native)))

    return entry(steps, awaited)


def attempt(native: Any) -> int | None:
    """Return the number of the attempt, from 1, by the host's retry policy, or None if the host does not give it."""
    count = getattr(getattr(native, "retry_context", None), "retry_count", None)
    return count + 1 if isinstance(count, int) else None


def decode(event: Any, plan: Plan, now: datetime | None = None) -> Tick:
    """Return the Tick of a timer. Raises EventError for anything else.

    Its due time is `Next` of the schedule's status. Without a status, or if `Next` is in the future (the function was
    started by hand), it is the last due minute. A past due timer stands for all runs missed since `Next`, so it must
    not be skipped only because the schedule was not due at the first of them.
    """
    fired_at = now or datetime.now(UTC)
    following, past_due = _read(event)
    if following is None or following > fired_at + _EARLY:
        return Tick(plan.latest(fired_at + _EARLY), fired_at)
    due = _minute(following)
    if past_due and plan.held_back(due):
        due = max(due, plan.latest(fired_at))
    return Tick(due, fired_at)


def _read(event: Any) -> tuple[datetime | None, bool]:
    """Return the time in a timer's status as aware UTC, or None if there is none, and whether it is past due."""
    try:
        if hasattr(event, "schedule_status"):
            status, past_due = event.schedule_status, event.past_due
        else:
            fields = _lower(json.loads(event))
            status, past_due = _status(fields), fields.get("ispastdue")
        text = _lower(status).get("next") if status is not None else None
        if text is None:
            return None, bool(past_due)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), bool(past_due)
    except OverflowError:
        return None, False
    except UNREADABLE:
        raise refuse(EXPECTED, event) from None


def _status(fields: dict[str, Any]) -> Any:
    if not _KEYS & fields.keys():
        raise KeyError("ScheduleStatus")
    return fields.get("schedulestatus")


def _lower(fields: Any) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _minutes(cron: Cron, day: datetime) -> Iterator[datetime]:
    """Yield the minutes of a day that a cron expression in UTC matches, the last first."""
    start = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if start.month in cron.months and cron.matches_day(start):
        for hour in sorted(cron.hours, reverse=True):
            for minute in sorted(cron.minutes, reverse=True):
                yield start.replace(hour=hour, minute=minute)
