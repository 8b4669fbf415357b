"""A schedule."""

from __future__ import annotations

from portable import Tick, function, schedule


@function(schedule.cron("30 3 * * *", timezone="UTC"), name="go")
def tick(tick: Tick) -> None:
    """Run once a day; fail on the first of a month."""
    if tick.scheduled_at.day == 1:
        raise ValueError("the first of a month")
