"""Due times of a schedule: takes its trigger and a span of time; yields each due moment, by the local time of its zone.

When the clocks change, a skipped local time is not due, and a repeated one is due twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portable.eventing.cron import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_STEP = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def due(trigger: Mapping[str, Any], start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the moments from `start` up to, not including, `end`; all in UTC."""
    from zoneinfo import ZoneInfo

    cron = parse(trigger["expression"])
    zone = ZoneInfo(trigger["timezone"])
    days = int(trigger.get("days", 1))
    begin = start.replace(minute=start.minute - start.minute % 15, second=0, microsecond=0)
    while begin < end:
        local = begin.astimezone(zone)
        if local.hour in cron.hours and local.month in cron.months and cron.matches_day(local):
            for offset in range(15):
                moment = begin + timedelta(minutes=offset)
                its_day = (moment - _EPOCH).days % days == 0
                if its_day and start <= moment < end and cron.matches(moment.astimezone(zone)):
                    yield moment
        begin += _STEP
