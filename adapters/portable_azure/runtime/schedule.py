"""Schedules on Azure: what the timer trigger sends, as JSON text or as `azure.functions.TimerRequest`, in; a Tick out.

The host sends `ScheduleStatus.Next`, which while the function runs is the occurrence that is due, also when it is past
due (Azure/azure-webjobs-sdk-extensions, TimerListener.InvokeJobFunction). The timer fires at least as often as the
schedule asks; what it fires too often is held back here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from portable.compute import dispatch
from portable.eventing.cron import parse
from portable.eventing.schedule import Tick
from portable_azure.runtime.context import AzureContext
from portable_azure.runtime.refuse import refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any

    from portable.eventing.cron import Cron

EXPECTED = "a schedule (timer trigger)"
_KEYS = frozenset(("schedule", "schedulestatus", "ispastdue"))
_EARLY = timedelta(seconds=30)
"""How much before its minute a timer may fire and still mean it."""


class Plan:
    """When a schedule is due: cron `expression` in `timezone`, every `days`-th day; `fired` is the timer's NCRONTAB."""

    __slots__ = ("cron", "days", "fired", "timezone")

    def __init__(self, expression: str, timezone: str, fired: str, days: int = 1) -> None:
        self.cron = parse(expression)
        self.fired = parse(fired.partition(" ")[2])
        self.timezone = timezone
        self.days = days

    def due(self, moment: datetime) -> bool:
        """Say whether a minute, aware and in UTC, is one of the schedule's."""
        if self.days > 1 and (moment - datetime(1970, 1, 1, tzinfo=UTC)).days % self.days:
            return False
        return self.cron.matches(self._local(moment))

    def held_back(self, moment: datetime) -> bool:
        """Say whether the timer fires at this minute although the schedule does not ask for it."""
        return self.fired.matches(moment) and not self.due(moment)

    def latest(self, moment: datetime) -> datetime:
        """Return the last minute up to a moment at which the schedule was due, the moment's own when there is none."""
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
    call: Any, function: str, timeout: float, expression: str, timezone: str, fired: str, days: int = 1
) -> Callable[[Any, Any], None]:
    """Return what a `def` function of the app calls with its timer and context. `timeout` is in seconds."""
    plan = Plan(expression, timezone, fired, days)

    def handle(event: Any, native: Any) -> None:
        tick = decode(event, plan)
        if not plan.held_back(tick.scheduled_at):
            dispatch.event(call, tick, AzureContext(event, native, function, timeout, attempt(native)))

    return handle


def async_handler(
    call: Any, function: str, timeout: float, expression: str, timezone: str, fired: str, days: int = 1
) -> Callable[[Any, Any], Awaitable[None]]:
    """Return what an `async def` function of the app awaits with its timer and context."""
    plan = Plan(expression, timezone, fired, days)

    async def handle(event: Any, native: Any) -> None:
        tick = decode(event, plan)
        if not plan.held_back(tick.scheduled_at):
            await dispatch.event_async(call, tick, AzureContext(event, native, function, timeout, attempt(native)))

    return handle


def attempt(native: Any) -> int | None:
    """Return which try this is by the host's retry policy, from 1; None when the host does not say."""
    count = getattr(getattr(native, "retry_context", None), "retry_count", None)
    return count + 1 if isinstance(count, int) else None


def decode(event: Any, plan: Plan, now: datetime | None = None) -> Tick:
    """Return the Tick of a timer. Raises EventError for anything else.

    It is due at `Next` of the schedule's status; without a status, or with a later one, as when someone runs the
    function by hand, at the last minute the schedule was due. A past due timer makes up for all that was missed since
    `Next`, so it must not be held back for the first of it.
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
    """Return the time in a timer's status, aware and in UTC, None when it has none, and whether it is past due."""
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
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
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
