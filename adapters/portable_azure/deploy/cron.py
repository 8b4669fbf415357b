"""Takes a 5-field Unix cron expression and a time zone; returns one NCRONTAB expression in UTC that fires at least as often.

Flex Consumption runs timers only in UTC. NCRONTAB needs both the day of month and the day of week to match; for Unix cron
one of them is enough (atifaziz/NCrontab, CrontabSchedule). `portable_azure.runtime.schedule` skips the additional runs, so
the schedule is exact. At most one of the day fields is restricted, so that both dialects read the expression alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from portable.eventing.cron import Cron, parse

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
    days, weekdays = _days(cron) if whole_day else (frozenset(range(1, 32)), frozenset(range(7)))
    months = cron.months if whole_day else frozenset(range(1, 13))
    return " ".join(
        (
            "0",
            _field((minute % 60 for minute in wrapped), 60),
            _field((minute // 60 for minute in wrapped), 24),
            _field(days, 31),
            _field(months, 12),
            _field(weekdays, 7),
        )
    )


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


def _days(cron: Cron) -> tuple[frozenset[int], frozenset[int]]:
    """Return days and weekdays, at most one of them restricted, which together match at least every day of the cron."""
    every_day, every_weekday = len(cron.days) == 31, len(cron.weekdays) == 7
    if every_day or every_weekday:
        if cron.both:
            return cron.days, cron.weekdays
        return frozenset(range(1, 32)), frozenset(range(7))  # one of the two lets every day through
    if cron.both:
        return cron.days, frozenset(range(7))
    return frozenset(range(1, 32)), frozenset(range(7))


def _field(values: Iterable[int], full: int) -> str:
    found = sorted(set(values))
    return "*" if len(found) == full else ",".join(map(str, found))
