"""Schedules of AWS and Azure are those of portable, or are refused."""

from __future__ import annotations

import pytest

from portable.tooling.adopt.cron import NoSchedule, aws_schedule, ncrontab


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("rate(1 minute)", "schedule.every(minutes=1)"),
        ("rate(12 hours)", "schedule.every(hours=12)"),
        ("cron(0 6 * * ? *)", 'schedule.cron("0 6 * * *")'),
        ("cron(15 10 ? * 1,7 *)", 'schedule.cron("15 10 * * SUN,SAT")'),
        ("cron(0/15 8-18 ? * MON-FRI *)", 'schedule.cron("0/15 8-18 * * MON-FRI")'),
        ("cron(0 0 L * ? *)", None),
        ("cron(0 0 ? * 6#3 *)", None),
        ("cron(0 0 1 1 ? 2027)", None),
        ("rate(7 minutes)", None),
    ],
)
def test_a_schedule_of_eventbridge(text: str, made: str | None) -> None:
    if made is None:
        with pytest.raises(NoSchedule):
            aws_schedule(text)
    else:
        assert aws_schedule(text).written("schedule") == made


@pytest.mark.parametrize(
    ("text", "made", "changed"),
    [
        ("0 */5 * * * *", 'schedule.cron("*/5 * * * *")', ""),
        ("0 30 9 * * Mon-Fri", 'schedule.cron("30 9 * * MON-FRI")', ""),
        ("0 9 * * 1", 'schedule.cron("0 9 * * 1")', ""),
        ("30 5 * * * *", 'schedule.cron("5 * * * *")', "second 30"),
        ("*/10 * * * * *", 'schedule.cron("* * * * *")', "once a minute"),
        ("01:00:00", "schedule.every(hours=1)", "whole hours"),
    ],
)
def test_a_schedule_of_azure(text: str, made: str, changed: str) -> None:
    found = ncrontab(text)
    assert found.written("schedule") == made
    assert changed in found.changed
    assert bool(found.changed) == bool(changed)
