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
    days = None if len(cron.days) == 31 else cron.days
    weekdays = None if len(cron.weekdays) == 7 else cron.weekdays
    if days is None or weekdays is None:
        # without "both", a field that lets every day through is enough by itself
        return [_written(cron, days, weekdays) if cron.both else _written(cron, None, None)]
    if cron.both:
        raise DeclarationError(f'"{expression}" asks for a day of month and a day of week together')
    return [_written(cron, days, None), _written(cron, None, weekdays, tuple(sorted(days)))]


def _written(
    cron: Cron, days: Iterable[int] | None, weekdays: Iterable[int] | None, but: tuple[int, ...] = ()
) -> SchedulerCron:
    day = "?" if weekdays is not None else "*" if days is None else _list(days)
    weekday = "?" if weekdays is None else _list(number + 1 for number in weekdays)
    minutes, hours, months = _field(cron.minutes, 60), _field(cron.hours, 24), _field(cron.months, 12)
    return SchedulerCron(f"cron({minutes} {hours} {day} {months} {weekday} *)", but)


def _field(values: Iterable[int], full: int) -> str:
    found = list(values)
    return "*" if len(found) == full else _list(found)


def _list(values: Iterable[int]) -> str:
    return ",".join(map(str, sorted(values)))
