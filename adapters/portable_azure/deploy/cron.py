"""Takes a 5-field Unix cron expression and a time zone; returns one NCRONTAB expression in UTC that fires at least as often.

Flex Consumption runs timers only in UTC. NCRONTAB needs both the day of month and the day of week to match; for Unix cron
one of them is enough (atifaziz/NCrontab, CrontabSchedule). `portable_azure.runtime.schedule` skips the additional runs, so
the schedule is exact. At most one of the day fields is restricted, so that both dialects read the expression alike.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from portable.eventing.cron import parse
from portable.tooling.app.kinds.schedule import days_of, field

_DAY = 1440
_YEARS = (2020, 2040)
"""The years whose UTC offsets are used. If the rules of a time zone change later, package the app again."""


def ncrontab(expression: str, timezone: str = "UTC") -> str:
    """Return six fields: second, minute, hour, day, month, day of week, as numbers and lists."""
    cron = parse(expression)
    minutes = {
        (60 * hour + minute - offset) for offset in offsets(timezone) for hour in cron.hours for minute in cron.minutes
    }
    whole_day = all(0 <= minute < _DAY for minute in minutes)
    wrapped = {minute % _DAY for minute in minutes}
    days, weekdays = days_of(cron) if whole_day else (None, None)
    if days is not None and weekdays is not None:  # NCRONTAB needs both
        days, weekdays = (days, None) if cron.both else (None, None)
    minute, hour = {each % 60 for each in wrapped}, {each // 60 for each in wrapped}
    months = cron.months if whole_day else None
    return f"0 {field(minute, 60)} {field(hour, 24)} {field(days, 31)} {field(months, 12)} {field(weekdays, 7)}"


@cache
def offsets(timezone: str) -> frozenset[int]:
    """Return the offsets from UTC, in minutes east, that a time zone uses."""
    zone = ZoneInfo(timezone)
    moment = datetime(_YEARS[0], 1, 1, tzinfo=UTC)
    found = set()
    while moment.year < _YEARS[1]:
        offset = moment.astimezone(zone).utcoffset() or timedelta()
        found.add(int(offset.total_seconds()) // 60)
        moment += timedelta(days=1)
    return frozenset(found)
