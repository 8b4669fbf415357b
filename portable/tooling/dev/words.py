"""Values as people read them: durations, sizes, moments, JSON."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_PAIR = re.compile(r'\[\n +("(?:[^"\\]|\\.)*"),\n +("(?:[^"\\]|\\.)*")\n +\]')
_UNITS = ("bytes", "kB", "MB", "GB")


def duration(seconds: float | None) -> str:
    """Return "340 µs", "12 ms", "1.24 s", "3 min 5 s"; "running" for None."""
    if seconds is None:
        return "running"
    if seconds < 0.001:
        return f"{seconds * 1_000_000:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def size(count: float | None) -> str:
    """Return "1 byte", "12 bytes", "3.4 kB"; "unknown" for None."""
    if count is None:
        return "unknown"
    if count < 1000:
        return "1 byte" if count == 1 else f"{count:.0f} bytes"
    power = next((power for power in (1, 2) if count < 1000 ** (power + 1)), 3)
    return f"{count / 1000**power:.1f} {_UNITS[power]}"


def counted(count: int, thing: str) -> str:
    """Return "1 row", "3 rows"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def moment(at: float | datetime) -> datetime:
    """Return an aware moment, in the time zone of this machine."""
    found = datetime.fromtimestamp(at, UTC) if isinstance(at, (int, float)) else at
    return found.astimezone()


def iso(at: float | datetime) -> str:
    """Return a moment as machines read it."""
    return moment(at).isoformat(timespec="milliseconds")


def clock(at: float | datetime) -> str:
    """Return the time of day: today's as "14:03:59", others with their date."""
    found = moment(at)
    today = found.date() == datetime.now().astimezone().date()
    return f"{found:%H:%M:%S}" if today else f"{found:%Y-%m-%d %H:%M:%S}"


def pretty(value: Any) -> str:
    """Return plain data as indented JSON, a pair of texts such as a header on one line. What JSON has no form for becomes a text."""
    return _PAIR.sub(r"[\1, \2]", json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def short(value: Any, most: int = 120) -> str:
    """Return plain data on one line, cut to so many characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def cell(value: Any) -> str:
    """Return a stored value as a cell of a table shows it."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, Decimal):
        return str(value)
    return short("null" if value is None else _plain(value) if isinstance(value, bytes) else value, 40)


def body_text(data: bytes) -> str | None:
    """Return a body as a text, JSON indented; None if it is no text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return pretty(found) if isinstance(found, (dict, list)) else text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"base64:{base64.b64encode(bytes(value)).decode()}"
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    return str(value)


def data(text: str) -> Any:
    """Return the value of a text that is JSON, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def day(at: float | datetime) -> str:
    """Return a moment with its day of the week, in the time zone of this machine."""
    return f"{moment(at):%a %Y-%m-%d %H:%M %Z}"


def in_zone(at: float | datetime, zone: str) -> str:
    """Return a moment with its day of the week, in a time zone."""
    from zoneinfo import ZoneInfo

    return f"{moment(at).astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M %Z}"


def until(at: float | datetime) -> str:
    """Return how long it is until a moment: "in 3 h 20 min"."""
    minutes = round((moment(at) - datetime.now(UTC)).total_seconds() / 60)
    if minutes < 1:
        return "now"
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return "in " + " ".join(f"{count} {unit}" for count, unit in [part for part in parts if part[0]][:2])
