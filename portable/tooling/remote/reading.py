"""A `Remote` and what is wanted in, the lines of a stage out: sorted by time, each once; for ever where they are followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from portable.errors import PortableError, Throttled, Unavailable
from portable.tooling.infra.remote import LogLine, LogsWanted, Remote
from portable.tooling.remote.lines import LEVELS, Entry, at_least, read_line

PAUSE = 2.0
"""Seconds between two looks at a log that is followed."""
PATIENCE = 20
"""Looks that may fail in a row while a log is followed."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,9})([smhdw])")


def since(text: str, now: datetime) -> datetime:
    """Return the time that "10m", "2h" or "2026-01-31T12:00:00Z" names. A time without a zone is in UTC.

    Raises PortableError.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError) as error:
        raise PortableError(
            f"{text!r} names no time: write how long ago, such as 30s, 10m, 2h or 1d, or a time such as 2026-01-31T12:00:00Z"
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def lines(remote: Remote, wanted: LogsWanted) -> list[Entry]:
    """Return the lines that are wanted and are there now."""
    return list(_entries(remote, wanted, remote.logs(wanted)))


def follow(
    remote: Remote,
    wanted: LogsWanted,
    pause: Callable[[float], None],
    note: Callable[[str], None],
) -> Iterator[Entry]:
    """Yield the lines that are there, then each that comes, once, until the caller ends it.

    Each look begins `remote.late` seconds before the newest line, because lines come late. What is older is forgotten, so
    that what is kept does not grow with time. A cloud that does not answer for a while is a note; what is said at the
    first look, and at the last of several that fail in a row, is raised.
    """
    seen: dict[str, datetime] = {}
    late = timedelta(seconds=remote.late)
    begin, failed = wanted.since, 0
    while True:
        look = replace(wanted, since=begin)
        try:
            found = list(remote.logs(look))
            failed = 0
        except (Throttled, Unavailable) as error:
            failed += 1
            if not seen or failed >= PATIENCE:
                raise
            note(f"{error}")
            found = []
        fresh = {line.id: line for line in found if line.id not in seen}
        seen |= {id: line.at for id, line in fresh.items()}  # noqa: A001
        yield from _entries(remote, look, fresh.values())
        newest = max(seen.values(), default=begin)
        begin = max(begin, newest - late)
        seen = {id: at for id, at in seen.items() if at >= begin}  # noqa: A001
        pause(PAUSE * (1 + failed))


def _entries(remote: Remote, wanted: LogsWanted, logged: Iterable[LogLine]) -> Iterator[Entry]:
    """Yield the wanted lines in the order of time; lines of one moment stay in the order of their log."""
    names = {function.name for function in wanted.functions}
    whole = len(names) == len(remote.running.blueprint.functions)
    once = {line.id: line for line in logged}
    for line in sorted(once.values(), key=lambda line: line.at):
        entry = read_line(line, remote.shape)
        if line.at >= wanted.since and _wanted(entry, wanted) and (whole or entry.function in names):
            yield entry


def _wanted(entry: Entry, wanted: LogsWanted) -> bool:
    """Say whether a line is of the call and of the level that are wanted."""
    if wanted.level and not at_least(entry.level, wanted.level):
        return False
    if not wanted.request:
        return True
    return entry.request == wanted.request or (not entry.request and wanted.request in entry.line.text)


def check_level(level: str | None) -> str | None:
    """Return a level in upper case. Raises PortableError for a name that no level has."""
    if level is None or level.upper() in LEVELS:
        return level and level.upper()
    raise PortableError(f"there is no level {level!r}: it is one of debug, info, warning, error and critical")
