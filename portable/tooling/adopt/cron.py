"""Schedules of AWS and Azure, as text -> what stands in `@function(…)` for them, and what changes by it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portable.errors import DeclarationError
from portable.eventing import schedule
from portable.eventing.cron import parse

WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class NoSchedule(Exception):
    """Portable has no such schedule. The message says why."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A trigger as text, such as `schedule.cron("0 6 * * *")`. `changed` tells what it does otherwise, "" for nothing."""

    cron: str = ""
    every: str = ""
    changed: str = ""

    def written(self, name: str, timezone: str = "") -> str:
        """Return the trigger, where portable's `schedule` is called `name`."""
        if self.every:
            return f"{name}.every({self.every})"
        zone = f', timezone="{timezone}"' if timezone else ""
        return f'{name}.cron("{self.cron}"{zone})'


def aws_schedule(text: str) -> Schedule:
    """Return what "rate(5 minutes)" or "cron(0 6 * * ? *)" of EventBridge becomes. Raises NoSchedule."""
    rate = re.fullmatch(r"\s*rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)\s*", text)
    if rate:
        return every(int(rate[1]), f"{rate[2]}s")
    found = re.fullmatch(r"\s*cron\((.*)\)\s*", text)
    if not found:
        raise NoSchedule(f"{text!r} is neither rate(…) nor cron(…)")
    return aws_cron(found[1].split())


def every(value: int, unit: str) -> Schedule:
    """Return a fixed interval: "minutes", "hours" or "days". Raises NoSchedule for one that does not divide an hour or a day."""
    try:
        schedule.every(**{unit: value})
    except DeclarationError as error:
        raise NoSchedule(str(error)) from None
    aligned = (
        "it fires at whole hours and days, not counted from the deployment" if (value, unit) != (1, "minutes") else ""
    )
    return Schedule(every=f"{unit}={value}", changed=aligned)


def aws_cron(fields: list[str]) -> Schedule:
    """Return what the six fields of EventBridge's cron become. Raises NoSchedule."""
    if len(fields) != 6:
        raise NoSchedule(f"a cron expression of EventBridge has six fields, not {len(fields)}")
    *five, year = (field.upper() for field in fields)
    if year != "*":
        raise NoSchedule(f"it fires only in {year}: schedules of portable have no years")
    five[4] = _weekdays(five[4])
    return _checked([field.replace("?", "*") for field in five])


def _weekdays(text: str) -> str:
    """Return days of the week of AWS (1 is Sunday) as names."""
    if re.search(r"[L#W]", re.sub(r"[A-Z]{3}", "", text)):
        raise NoSchedule(f"the day of the week {text!r} has L, W or #, which Unix cron does not have")
    return re.sub(r"(?<![/\d])([1-7])(?!\d)", lambda found: WEEKDAYS[int(found[1]) - 1], text)


def _checked(five: list[str]) -> Schedule:
    text = " ".join(five)
    try:
        parse(text)
    except DeclarationError as error:
        raise NoSchedule(str(error)) from None
    return Schedule(cron=text)


def ncrontab(text: str) -> Schedule:
    """Return what a schedule of an Azure timer becomes: six fields with seconds, five, or "hh:mm:ss". Raises NoSchedule."""
    span = re.fullmatch(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)", text.strip())
    if span:
        return _span(*(int(part or 0) for part in span.groups()))
    fields = text.upper().split()
    if len(fields) == 5:
        return _checked(fields)
    if len(fields) != 6:
        raise NoSchedule(f"{text!r} is no schedule with five or six fields")
    seconds, *five = fields
    made = _checked(five)
    if seconds in ("0", "00"):
        return made
    if re.fullmatch(r"\d+", seconds):
        return Schedule(cron=made.cron, changed=f"it fires at second 0, not at second {seconds}")
    return Schedule(cron=made.cron, changed="it fires once a minute: schedules of portable have no seconds")


def _span(days: int, hours: int, minutes: int, seconds: int) -> Schedule:
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if not total or total % 60:
        raise NoSchedule("schedules of portable have no seconds")
    minutes = total // 60
    if minutes % 1440 == 0:
        return every(minutes // 1440, "days")
    return every(minutes // 60, "hours") if minutes % 60 == 0 else every(minutes, "minutes")
