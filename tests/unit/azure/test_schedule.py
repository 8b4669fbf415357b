"""Cron to NCRONTAB and back: what the timer fires and the gate lets through is what the cron expression asks for."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from azure.functions.meta import Datum
from azure.functions.timer import TimerRequestConverter
from hypothesis import example, given
from hypothesis import strategies as st
from searches import examples

from portable.errors import DeclarationError, EventError
from portable.eventing.cron import parse
from portable.eventing.schedule import Tick
from portable_azure.deploy.cron import ncrontab, offsets
from portable_azure.runtime.schedule import Plan, decode, handler
from portable_azure.testing.context import Invocation
from portable_azure.testing.schedule import encode_tick

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "America/St_Johns",
)
CHANGES = (
    datetime(2026, 1, 30, tzinfo=UTC),
    datetime(2026, 3, 7, 12, tzinfo=UTC),
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 4, 4, 8, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2028, 2, 28, tzinfo=UTC),
)
"""Around the changes of each zone's clock, the ends of months, and a leap day."""


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    listed = st.lists(number, min_size=1, max_size=3).map(lambda found: ",".join(map(str, found)))
    ranged = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    return st.one_of(st.just("*"), listed, ranged, st.integers(1, 15).map(lambda step: f"*/{step}"))


EXPRESSIONS = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)


def ncrontab_matches(expression: str, moment: datetime) -> bool:
    """NCRONTAB: six fields, numbers and lists only, day of month AND day of week (atifaziz/NCrontab)."""
    values = (moment.second, moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7)
    return all(
        given == "*" or value in map(int, given.split(","))
        for given, value in zip(expression.split(" "), values, strict=True)
    )


@examples(60)
@given(EXPRESSIONS, st.sampled_from(ZONES), st.sampled_from(CHANGES))
@example("30 2 * * *", "Europe/Berlin", CHANGES[2])
@example("30 2 * * *", "Europe/Berlin", CHANGES[4])
@example("0 0 1,15 * MON", "UTC", CHANGES[0])
@example("0 0 */2 * MON", "Asia/Kolkata", CHANGES[0])
@example("0 22 31 * FRI", "America/New_York", CHANGES[0])
def test_the_timer_and_the_gate_fire_exactly_when_the_cron_expression_matches(
    expression: str, timezone: str, start: datetime
) -> None:
    try:
        cron = parse(expression)
    except DeclarationError:  # no such day of the month
        return
    zone = ZoneInfo(timezone)
    fired = ncrontab(expression, timezone)
    plan = Plan(expression, timezone, fired)
    for number in range(36 * 60):
        moment = start + timedelta(minutes=number)
        matches = cron.matches(moment.astimezone(zone))
        fires = ncrontab_matches(fired, moment)
        assert (fires and not plan.held_back(moment)) == matches, (moment, fired)


@given(EXPRESSIONS, st.sampled_from(ZONES))
@examples(50)
def test_an_ncrontab_expression_has_six_fields_the_host_takes(expression: str, timezone: str) -> None:
    try:
        fields = ncrontab(expression, timezone).split(" ")
    except DeclarationError:
        return
    limits = ((0, 0), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
    assert len(fields) == 6
    for text, (low, high) in zip(fields, limits, strict=True):
        assert text == "*" or all(low <= int(number) <= high for number in text.split(","))
    assert "*" in (fields[3], fields[5])


@pytest.mark.parametrize(
    ("expression", "timezone", "found"),
    [
        ("0 3 * * MON-FRI", "UTC", "0 0 3 * * 1,2,3,4,5"),
        ("0 3 * * MON-FRI", "Europe/Berlin", "0 0 1,2 * * 1,2,3,4,5"),
        ("*/15 * * * *", "UTC", "0 0,15,30,45 * * * *"),
        ("0 0 * * 7", "UTC", "0 0 0 * * 0"),
        ("0 0 13 * FRI", "UTC", "0 0 0 * * *"),
        ("30 0 1 * *", "Asia/Kolkata", "0 0 19 * * *"),
    ],
)
def test_a_cron_expression_becomes_one_ncrontab_expression(expression: str, timezone: str, found: str) -> None:
    assert ncrontab(expression, timezone) == found


def test_the_offsets_of_a_zone_are_those_it_uses_now() -> None:
    assert offsets("Europe/Berlin") == {60, 120}
    assert offsets("UTC") == {0}


UTC_PLAN = Plan("*/5 * * * *", "UTC", ncrontab("*/5 * * * *"))


@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)), st.timedeltas(timedelta(), timedelta(days=3)))
def test_a_tick_that_is_encoded_and_decoded_is_the_same(due: datetime, late: timedelta) -> None:
    due = due.replace(second=0, microsecond=0, tzinfo=UTC)
    tick = Tick(due, due + late)
    assert decode(encode_tick(tick), UTC_PLAN, tick.fired_at) == tick
    made = TimerRequestConverter.decode(Datum(encode_tick(tick), "json"), trigger_metadata=None)
    assert decode(made, UTC_PLAN, tick.fired_at) == tick


NOW = datetime(2026, 1, 2, 3, 7, 12, 345, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timer", "due"),
    [
        ({"IsPastDue": True}, datetime(2026, 1, 2, 3, 5, tzinfo=UTC)),
        ({"IsPastDue": False, "ScheduleStatus": None}, datetime(2026, 1, 2, 3, 5, tzinfo=UTC)),
        (
            {"scheduleStatus": {"next": "2024-12-31T09:51:00-07:00"}, "Foo": 1},
            datetime(2024, 12, 31, 16, 51, tzinfo=UTC),
        ),
        ({"ScheduleStatus": {"Next": "2026-01-02T03:05:00.1234567Z"}}, datetime(2026, 1, 2, 3, 5, tzinfo=UTC)),
        ({"ScheduleStatus": {"Next": "2026-01-02T03:00:00"}}, datetime(2026, 1, 2, 3, 0, tzinfo=UTC)),
        ({"ScheduleStatus": {"Next": "2026-01-02T03:10:00Z"}}, datetime(2026, 1, 2, 3, 5, tzinfo=UTC)),
        ({"ScheduleStatus": {"Next": "2026-01-02T03:07:30Z"}}, datetime(2026, 1, 2, 3, 7, tzinfo=UTC)),
        ({"ScheduleStatus": {"Next": "0001-01-01T00:00:00+14:00"}}, datetime(2026, 1, 2, 3, 5, tzinfo=UTC)),
    ],
)
def test_the_time_a_timer_was_due(timer: dict[str, Any], due: datetime) -> None:
    assert decode(json.dumps(timer), UTC_PLAN, NOW) == Tick(due, NOW)


@pytest.mark.parametrize(
    "event",
    [
        None,
        "",
        "x",
        "[]",
        "3",
        "null",
        "{}",
        '{"ScheduleStatus": 5}',
        '{"ScheduleStatus": {"Next": "soon"}}',
        3,
        object(),
        '{"ScheduleStatus": {"Next": 5}}',
        '{"eventType": "x", "data": {}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_timer_is_refused_and_the_handler_is_not_called(event: Any) -> None:
    calls: list[Any] = []
    with pytest.raises(EventError, match="expected a schedule"):
        handler(lambda tick, context: calls.append(tick), "fun", 30, "* * * * *", "UTC", "0 * * * * *")(
            event, Invocation()
        )
    assert calls == []


def fire(due: datetime, expression: str, timezone: str, days: int = 1, attempt: int = 1) -> list[Any]:
    """Return the ticks and contexts of the calls when a timer fires."""
    calls: list[Any] = []
    run = handler(
        lambda tick, context: calls.append((tick, context)),
        "fun",
        30,
        expression,
        timezone,
        ncrontab(expression, timezone),
        days,
    )
    run(encode_tick(Tick(due)), Invocation(attempt=attempt))
    return calls


def test_what_the_superset_adds_is_held_back() -> None:
    summer, winter = datetime(2026, 7, 1, 1, tzinfo=UTC), datetime(2026, 1, 14, 2, tzinfo=UTC)
    for due, called in ((summer, 1), (summer.replace(hour=2), 0), (winter, 1), (winter.replace(hour=1), 0)):
        assert len(fire(due, "0 3 * * *", "Europe/Berlin")) == called


def test_a_past_due_timer_is_not_held_back_for_the_first_of_what_was_missed() -> None:
    """In January 03:00 in Berlin is 02:00 UTC; the timer was to fire at 01:00 and 02:00, and the host was down."""
    plan = Plan("0 3 * * *", "Europe/Berlin", ncrontab("0 3 * * *", "Europe/Berlin"))
    missed = Tick(datetime(2026, 1, 14, 1, tzinfo=UTC))
    for past_due, hour, due in ((True, 4, 2), (True, 1, 1), (False, 4, 1)):
        found = decode(encode_tick(missed, past_due=past_due), plan, datetime(2026, 1, 14, hour, 30, tzinfo=UTC))
        assert found.scheduled_at == datetime(2026, 1, 14, due, tzinfo=UTC)


def test_a_time_the_timer_never_fires_at_is_someone_calling_by_hand() -> None:
    [(tick, _)] = fire(datetime(2026, 1, 1, 12, 34, tzinfo=UTC), "0 3 * * *", "Europe/Berlin")
    assert tick.scheduled_at == datetime(2026, 1, 1, 12, 34, tzinfo=UTC)


def test_every_second_day_counts_from_1970() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    due = [day for day in range(6) if fire(first + timedelta(days=day), "0 0 * * *", "UTC", days=2)]
    assert due == [
        day for day in range(6) if (first + timedelta(days=day) - datetime(1970, 1, 1, tzinfo=UTC)).days % 2 == 0
    ]


def test_a_retry_of_the_host_is_a_further_attempt() -> None:
    [(_, context)] = fire(datetime(2026, 1, 1, tzinfo=UTC), "0 0 * * *", "UTC", attempt=3)
    assert context.attempt == 3


def test_an_async_handler_is_awaited() -> None:
    seen: list[Tick] = []

    async def call(tick: Tick, context: Any) -> None:
        await asyncio.sleep(0)
        seen.append(tick)

    run = handler(call, "fun", 30, "0 0 * * *", "UTC", "0 0 0 * * *", awaited=True)
    asyncio.run(run(encode_tick(Tick(datetime(2026, 1, 1, tzinfo=UTC))), Invocation()))  # type: ignore[arg-type]
    assert [tick.scheduled_at for tick in seen] == [datetime(2026, 1, 1, tzinfo=UTC)]
