"""5-field Unix cron: takes an expression, returns its sets of minutes, hours, days, months and weekdays.

As in Vixie cron, a day matches if its day of the month or its day of the week matches. If either field starts with `*`,
both must match. Days of the week are 0 (Sunday) to 6; 7 is Sunday too. Names are JAN-DEC and SUN-SAT.
"""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import DeclarationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _WEEKDAYS),
)


class Cron(Value):
    """An expression as sets. With `both`, day of month and day of week must both match; else one is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    both: bool

    def matches(self, moment: datetime) -> bool:
        """Return whether the expression matches a local time. Seconds are ignored."""
        return (
            moment.minute in self.minutes
            and moment.hour in self.hours
            and moment.month in self.months
            and self.matches_day(moment)
        )

    def matches_day(self, moment: datetime) -> bool:
        """Return whether the expression matches the day of a local time. The month is ignored."""
        day = moment.day in self.days
        weekday = moment.isoweekday() % 7 in self.weekdays
        return (day and weekday) if self.both else (day or weekday)


def parse(expression: str) -> Cron:
    """Return an expression as sets. Raises DeclarationError naming the invalid field."""
    if not isinstance(expression, str):
        raise DeclarationError(f'cron expression {expression!r} must be text such as "0 3 * * MON-FRI"')
    fields = expression.split()
    if len(fields) != 5:
        raise DeclarationError(
            f'cron expression "{expression}" has {len(fields)} fields, but must have 5, such as "0 3 * * MON-FRI"'
        )
    sets = [_expand(expression, field, *rule) for field, rule in zip(fields, _FIELDS, strict=True)]
    weekdays = frozenset(day % 7 for day in sets[4])
    both = fields[2].startswith("*") or fields[4].startswith("*")
    if sets[1] and sets[2] and sets[3] and not _some_day(sets[2], sets[3], weekdays, both):
        raise DeclarationError(f'cron expression "{expression}" never matches: no month has such a day')
    return Cron(sets[0], sets[1], sets[2], sets[3], weekdays, both)


def _some_day(days: frozenset[int], months: frozenset[int], weekdays: frozenset[int], both: bool) -> bool:
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    return (not both and len(weekdays) > 0) or any(min(days) <= longest.get(month, 31) for month in months)


def _expand(expression: str, field: str, name: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    def fail(part: str) -> DeclarationError:
        return DeclarationError(f'cron expression "{expression}": {part!r} is not a valid {name} ({low}-{high})')

    def number(text: str) -> int:
        if text.upper() in names:
            return names[text.upper()]
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            raise fail(text)
        value = int(text)
        if not low <= value <= high:
            raise fail(text)
        return value

    found: set[int] = set()
    for part in field.split(","):
        base, slash, step_text = part.partition("/")
        step = 1
        if slash:
            if not (step_text.isascii() and step_text.isdigit() and len(step_text) < 5 and int(step_text)):
                raise fail(part)
            step = int(step_text)
        first, dash, last = base.partition("-")
        if base == "*":
            start, stop = low, (6 if name == "day of week" else high)
        elif dash:
            start, stop = number(first), number(last)
            if start > stop and name == "day of week" and stop == 0:
                stop = 7
            if start > stop:
                raise fail(part)
        else:
            start = number(base)
            stop = high if slash else start
        found.update(range(start, stop + 1, step))
    return frozenset(found)
