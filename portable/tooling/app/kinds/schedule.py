"""Functions that a schedule fires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portable.errors import DeclarationError
from portable.eventing.cron import Cron, parse
from portable.eventing.events import Event
from portable.eventing.schedule import ScheduleTrigger, Tick
from portable.tooling.app.kinds.kind import Trigger, TriggerKind
from portable.tooling.app.kinds.plain import moment
from portable.tooling.app.model import FunctionModel


def days_of(cron: Cron) -> tuple[frozenset[int] | None, frozenset[int] | None]:
    """Return the days of the month and of the week that an expression asks for, None for all of a field.

    Where one of the two is enough, a field that lets every day through frees the other.
    """
    days = cron.days if len(cron.days) < 31 else None
    weekdays = cron.weekdays if len(cron.weekdays) < 7 else None
    free = not cron.both and (days is None or weekdays is None)
    return (None, None) if free else (days, weekdays)


def field(values: Iterable[int] | None, count: int) -> str:
    """Return a field of a cron expression: `*` for None or all of the `count` values, else a list of numbers."""
    found = sorted(set(values)) if values is not None else []
    return ",".join(map(str, found)) if 0 < len(found) < count else "*"


def robfig(expression: str) -> str:
    """Return a cron expression for robfig/cron, which Kubernetes and what is built on it use. Raises ValueError, with the reason.

    It has days of the week from 0 to 6. Days match when the day of month or the day of week does, unless one of the two is
    `*`. Unlike Unix cron, it does not treat `*/2` as `*`.
    """
    found = parse(expression)
    days, weekdays = days_of(found)
    if found.both and days is not None and weekdays is not None:
        raise ValueError(
            "runs it if the day of month or the day of week matches, Unix cron only if both do: make one of them *"
        )
    minutes, hours, _, months, _ = expression.split()
    return f"{minutes} {hours} {field(days, 31)} {months} {field(weekdays, 7)}"


def _title(trigger: Trigger) -> str:
    return f"schedule {trigger['expression']} {trigger['timezone']}"


def _check(trigger: ScheduleTrigger) -> None:
    from zoneinfo import ZoneInfo

    parse(trigger.expression)
    try:
        ZoneInfo(trigger.timezone)
    except (ValueError, OSError, TypeError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise DeclarationError(f'time zone "{trigger.timezone}" is not an IANA name such as "Europe/Berlin"') from None


def _event(_function: FunctionModel, event: Mapping[str, Any]) -> Tick:
    return Tick(moment(event.get("scheduled_at")))


def _wanted(function: FunctionModel) -> tuple[str, ...]:
    """Return the number of days between two runs, where it is not every day."""
    days = function.trigger["days"]
    return (str(days),) if days > 1 else ()


def _plain(tick: Tick) -> dict[str, Any]:
    return {"scheduled_at": tick.scheduled_at.isoformat()}


def _label(tick: Tick) -> str:
    return f"tick {tick.scheduled_at:%Y-%m-%d %H:%M} UTC"


TRIGGER = TriggerKind(
    name="schedule",
    declaration=ScheduleTrigger,
    events=(Tick, Event),
    title=_title,
    form="tick",
    example='a tick (--tick, or --event with {"scheduled_at"})',
    event=_event,
    plain=_plain,
    label=_label,
    runtime="schedule",
    wanted=_wanted,
    check=_check,
    buried=False,
    idempotent=False,
)
