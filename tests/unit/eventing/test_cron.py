"""Cron expressions against a model that is slow and plain, and against croniter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.errors import DeclarationError
from portable.eventing import schedule
from portable.eventing.cron import parse
from portable.tooling.app.kinds.schedule import TRIGGER


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    ranges = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(st.one_of(st.just("*"), ranges), st.integers(1, 20)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    part = st.one_of(number.map(str), ranges, stepped)
    return st.one_of(st.just("*"), part, st.lists(part, min_size=1, max_size=3).map(",".join))


EXPRESSIONS = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


LEAP_YEAR = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(0, 24 * 366 * 5, 24)]


def numbers(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        base, _, step = part.partition("/")
        first, _, last = base.partition("-")
        start, stop = (low, high) if base == "*" else (int(first), int(last or first))
        found |= {value for value in range(start, stop + 1) if (value - start) % int(step or 1) == 0}
    return found


def due(expression: str, moment: datetime) -> bool:
    """Say, as the manual page of Vixie cron does, whether an expression is due."""
    minute, hour, day, month, weekday = expression.split()
    days = moment.day in numbers(day, 1, 31)
    weekdays = moment.isoweekday() % 7 in {value % 7 for value in numbers(weekday, 0, 6 if weekday[0] == "*" else 7)}
    either = not (day.startswith("*") or weekday.startswith("*"))
    return (
        moment.minute in numbers(minute, 0, 59)
        and moment.hour in numbers(hour, 0, 23)
        and moment.month in numbers(month, 1, 12)
        and ((days or weekdays) if either else (days and weekdays))
    )


@given(EXPRESSIONS, MOMENTS)
@examples(300)
def test_an_expression_is_due_when_the_manual_says_so(expression: str, moment: datetime) -> None:
    try:
        cron = parse(expression)
    except DeclarationError:
        days = "* * " + " ".join(expression.split()[2:])
        assert not any(due(days, day) for day in LEAP_YEAR), "refused although there is such a day"
        return
    assert cron.matches(moment) == due(expression, moment)


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "*/7 3 * * MON-FRI",
        "0 0 1,15 * *",
        "30 4 1,15 * FRI",
        "5-15/3 */5 * JAN,jul SAT-SUN",
        "0 12 31 * *",
        "0 0 29 2 *",
        "0 0 * * 7",
        "0 0 13 * 5",
    ],
)
def test_the_next_times_are_croniters(expression: str) -> None:
    cron, moment = parse(expression), datetime(2024, 1, 30, 23, 50, tzinfo=UTC)
    times = croniter(expression, moment)
    for _ in range(4):
        following = times.get_next(datetime)
        steps = (moment + timedelta(minutes=1) * n for n in range(1, 3_000_000))
        days = (following - moment).days
        if days < 40:
            assert next(step for step in steps if cron.matches(step)) == following
        assert cron.matches(following)
        moment = following


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("* * * * * *", "6 fields"),
        ("@daily", "1 fields"),
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day of month"),
        ("* * * 13 *", "month"),
        ("* * * * 8", "day of week"),
        ("*/0 * * * *", "minute"),
        ("*/-1 * * * *", "minute"),
        ("*/² * * * *", "minute"),
        ("٣ * * * *", "minute"),
        ("5-1 * * * *", "minute"),
        (", * * * *", "minute"),
        ("* * L * *", "day of month"),
        ("* * * * MON#2", "day of week"),
        ("* * * FEB-JAN *", "month"),
        ("? * * * *", "minute"),
        ("0 0 30 2 *", "never matches"),
        ("0 0 31 4,6 *", "never matches"),
        ("9" * 5000 + " * * * *", "minute"),
        ("*/" + "9" * 5000 + " * * * *", "minute"),
        (5, "text"),
        (None, "text"),
    ],
)
def test_what_is_no_cron_expression_is_refused_with_the_field_at_fault(expression: str, says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        TRIGGER.check(schedule.cron(expression))


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "/etc/localtime", "Europe", "UTC+1", 5, None])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(DeclarationError, match="time zone"):
        TRIGGER.check(schedule.cron("* * * * *", timezone=zone))


def test_every_keeps_its_interval_exactly_or_is_refused() -> None:
    start = datetime(2024, 3, 1, tzinfo=UTC)
    for minutes in range(1, 1500):
        if not ((minutes < 60 and 60 % minutes == 0) or (minutes % 60 == 0 and 1440 % minutes == 0)):
            with pytest.raises(DeclarationError, match="divide"):
                schedule.every(minutes=minutes)
            continue
        trigger = schedule.every(minutes=minutes)
        TRIGGER.check(trigger)
        cron = parse(trigger.expression)
        times = [start + timedelta(minutes=n) for n in range(3 * 1440) if cron.matches(start + timedelta(minutes=n))]
        gaps = {int((after - before).total_seconds() / 60) for before, after in pairwise(times)}
        assert gaps == {minutes}


@pytest.mark.parametrize(
    "given",
    [{}, {"minutes": 0}, {"minutes": -5}, {"minutes": 1.5}, {"minutes": 5, "hours": 1}, {"days": 32}, {"hours": "1"}],
)
def test_an_interval_that_cannot_be_is_refused(given: dict[str, int]) -> None:
    with pytest.raises(DeclarationError):
        schedule.every(**given)


def test_whole_days_are_days() -> None:
    assert schedule.every(days=3) == schedule.ScheduleTrigger("0 0 * * *", "UTC", 3)
    assert schedule.every(hours=24) == schedule.every(days=1) == schedule.every(minutes=1440)
