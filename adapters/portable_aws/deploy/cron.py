"""A 5-field Unix cron expression -> what EventBridge Scheduler needs to fire at the same minutes.

Days of the week are 1 (Sunday) to 7 there, and one of the two day fields must be "?" (Scheduler "cron-based schedules").
Unix cron may be content with one of them, which takes two schedules. The second one also fires on days of the first:
our runtime leaves those out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portable.errors import DeclarationError
from portable.eventing.cron import Cron, parse
from portable.tooling.app.kinds.schedule import days_of, field


@dataclass(frozen=True, slots=True)
class SchedulerCron:
    """One schedule: its expression, and the days of the month on which our runtime does nothing."""

    expression: str
    but: tuple[int, ...] = ()


def scheduler_crons(expression: str) -> list[SchedulerCron]:
    """Return the schedules of an expression, two when it is content with a day of either field.

    Raises DeclarationError for an expression that needs a day of both fields.
    """
    cron = parse(expression)
    days, weekdays = days_of(cron)
    if days is None or weekdays is None:
        return [_written(cron, days, weekdays)]
    if cron.both:
        raise DeclarationError(f'"{expression}" asks for a day of month and a day of week together')
    return [_written(cron, days, None), _written(cron, None, weekdays, tuple(sorted(days)))]


def _written(
    cron: Cron, days: Iterable[int] | None, weekdays: Iterable[int] | None, but: tuple[int, ...] = ()
) -> SchedulerCron:
    day = "?" if weekdays is not None else field(days, 31)
    weekday = "?" if weekdays is None else field((number + 1 for number in weekdays), 7)
    minutes, hours, months = field(cron.minutes, 60), field(cron.hours, 24), field(cron.months, 12)
    return SchedulerCron(f"cron({minutes} {hours} {day} {months} {weekday} *)", but)
