"""Takes a schedule; returns an interval as IronWorker knows it: seconds between two runs, and the first run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.eventing.cron import Cron, parse
from portable.tooling.app.kinds.schedule import days_of

DAY, WEEK = 24 * 60, 7 * 24 * 60
"""In minutes."""


def interval(trigger: Mapping[str, Any]) -> tuple[int, int]:
    """Return (every, phase) in seconds: runs are due at 1970-01-01T00:00Z + phase + n * every.

    Raises ValueError, with the reason, for a schedule that is not an interval.
    """
    text = f'schedule "{trigger["expression"]}"'
    if trigger["timezone"] != "UTC":
        raise ValueError(f"{text}: IronWorker has no time zone but UTC, not {trigger['timezone']}")
    due = _due_in_a_week(parse(trigger["expression"]))
    gaps = {(after - before) % WEEK or WEEK for before, after in zip(due, due[1:] + due[:1], strict=True)}
    days = trigger["days"]
    if len(gaps) != 1 or (days > 1 and gaps != {DAY}):
        raise ValueError(f"{text}: IronWorker runs a schedule only at equal intervals, and these times are not")
    return gaps.pop() * days * 60, due[0] * 60


def _due_in_a_week(cron: Cron) -> list[int]:
    """Return the due minutes of a week that starts like 1970-01-01, or none when weeks differ within a year."""
    monthdays, weekdays = days_of(cron)
    if monthdays is not None or len(cron.months) < 12:
        return []
    days = [day for day in range(7) if weekdays is None or (day + 4) % 7 in weekdays]  # 1970-01-01 was a Thursday
    return [
        day * DAY + hour * 60 + minute for day in days for hour in sorted(cron.hours) for minute in sorted(cron.minutes)
    ]
