"""EventBridge cron expressions: they fire at the minutes of the Unix expression, and at no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples

from portable.errors import DeclarationError
from portable.eventing.cron import parse
from portable_aws.deploy.cron import SchedulerCron, scheduler_crons


def fires(cron: SchedulerCron, moment: datetime) -> bool:
    """Say whether EventBridge fires at a minute, and our runtime lets it through (Scheduler "cron-based schedules")."""
    minute, hour, day, month, weekday, year = cron.expression.removeprefix("cron(").removesuffix(")").split()
    assert (day == "?") is not (weekday == "?")
    assert year == "*"

    def fits(field: str, value: int) -> bool:
        return field in ("*", "?") or value in map(int, field.split(","))

    due = fits(minute, moment.minute) and fits(hour, moment.hour) and fits(month, moment.month)
    return due and fits(day, moment.day) and fits(weekday, moment.isoweekday() % 7 + 1) and moment.day not in cron.but


FIELDS = st.tuples(
    st.sampled_from(["*", "0", "*/15", "5,35"]),
    st.sampled_from(["*", "3", "8-17", "*/6"]),
    st.sampled_from(["*", "1", "1,15", "1-31", "*/2", "31"]),
    st.sampled_from(["*", "1", "JAN-MAR", "*/5"]),
    st.sampled_from(["*", "0", "7", "MON-FRI", "1,3", "0-6", "*/2"]),
)


@examples(60)
@given(FIELDS, st.integers(0, 364))
def test_every_minute_is_the_same_as_that_of_unix_cron(fields: tuple[str, ...], day: int) -> None:
    expression = " ".join(fields)
    cron = parse(expression)
    try:
        found = scheduler_crons(expression)
    except DeclarationError:
        assert cron.both
        return
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    for minute in range(0, 1440, 5):
        moment = start + timedelta(minutes=minute)
        assert sum(fires(each, moment) for each in found) == int(cron.matches(moment)), moment


def test_a_day_of_either_field_takes_two_schedules_that_never_fire_together() -> None:
    assert scheduler_crons("0 3 1,15 * 1") == [
        SchedulerCron("cron(0 3 1,15 * ? *)"),
        SchedulerCron("cron(0 3 ? * 2 *)", (1, 15)),
    ]


def test_a_day_of_both_fields_is_refused() -> None:
    with pytest.raises(DeclarationError, match="together"):
        scheduler_crons("0 3 */2 * 1")
