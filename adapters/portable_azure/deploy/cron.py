"""A 5-field Unix cron expression and a time zone -> one NCRONTAB expression in UTC that fires at least as often.

Flex Consumption runs timers in UTC only, and NCRONTAB asks for day of month and day of week together, where Unix cron
is content with one (atifaziz/NCrontab, CrontabSchedule). What the superset adds is held back at run time by
`portable_azure.runtime.schedule`, so the schedule is exact. At most one of the day fields is restricted, so that the
expression means the same to both dialects.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portable.eventing.cron import Cron, parse

_DAY = 1440
_YEARS = (2020, 2040)
"""The years whose offsets are looked at; rules that are decided later need a new packaging."""


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
    """Return days and weekdays of which at most one is restricted, and which together hold back nothing."""
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
