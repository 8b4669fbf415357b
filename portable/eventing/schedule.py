"""The schedule triggers: `schedule.cron("0 3 * * *", timezone="Europe/Berlin")` and `schedule.every(minutes=5)`."""

from __future__ import annotations

from portable.base.values import Value, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, ClassVar

    from portable.eventing.events import Event


class ScheduleTrigger(Value):
    """A schedule: a 5-field Unix cron `expression` in an IANA `timezone`.

    If `days` is over 1, it fires only on every `days`-th day. Days are counted from 1970-01-01 in UTC.
    """

    kind: ClassVar[str] = "schedule"
    expression: str
    timezone: str = "UTC"
    days: int = 1


class Tick:
    """One firing of a schedule. `scheduled_at` is the planned time, `fired_at` the actual time; both are aware UTC."""

    __slots__ = ("fired_at", "scheduled_at")

    def __init__(self, scheduled_at: datetime, fired_at: datetime | None = None) -> None:
        if fired_at is None:
            from datetime import UTC, datetime

            fired_at = datetime.now(UTC)
        self.scheduled_at = scheduled_at
        self.fired_at = fired_at

    def as_event(self) -> Event[dict[str, Any]]:
        """Return the tick as an event, for a handler that takes `Event[dict[str, Any]]`."""
        from portable.eventing.events import Event

        moment = self.scheduled_at
        return Event(moment.isoformat(), "", "portable.tick", {"scheduled_at": moment.isoformat()}, None, moment)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tick) and (self.scheduled_at, self.fired_at) == (other.scheduled_at, other.fired_at)

    def __hash__(self) -> int:
        return hash((self.scheduled_at, self.fired_at))

    def __repr__(self) -> str:
        return f"Tick(scheduled_at={self.scheduled_at.isoformat()}, fired_at={self.fired_at.isoformat()})"


def cron(expression: str, timezone: str = "UTC") -> ScheduleTrigger:
    """Call the function when a 5-field Unix cron expression matches the local time of `timezone`, an IANA name.

    An invalid expression or time zone raises DeclarationError when the app is read.
    """
    return ScheduleTrigger(expression, timezone)


def every(*, minutes: int = 0, hours: int = 0, days: int = 0) -> ScheduleTrigger:
    """Call the function at a fixed interval: one that divides an hour or a day, or whole days.

    Raises DeclarationError for any other interval, because no provider keeps it exactly.
    """
    if not all(type(value) is int for value in (minutes, hours, days)):
        raise wrong("schedule.every needs a whole number")
    given = [(name, value) for name, value in (("minutes", minutes), ("hours", hours), ("days", days)) if value]
    total = minutes + 60 * hours + 1440 * days
    if len(given) != 1 or total <= 0:
        raise wrong("schedule.every needs exactly one of minutes, hours or days, and it must be above zero")
    if total < 60 and 60 % total == 0:
        return ScheduleTrigger("* * * * *" if total == 1 else f"*/{total} * * * *")
    if total % 60 == 0 and total < 1440 and 24 % (total // 60) == 0:
        return ScheduleTrigger("0 * * * *" if total == 60 else f"0 */{total // 60} * * *")
    if total % 1440 == 0 and total <= 1440 * 31:
        return ScheduleTrigger("0 0 * * *", "UTC", total // 1440)
    raise wrong(
        f"schedule.every({given[0][0]}={given[0][1]}) does not divide an hour or a day: "
        "use 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30 minutes, 1, 2, 3, 4, 6, 8 or 12 hours, or 1 to 31 days"
    )
