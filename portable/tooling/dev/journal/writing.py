"""The writing side of the journal: takes invocations as they begin and end; a thread writes them, some at a time.

A call never waits for the journal and never fails because of it.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Condition, RLock, Thread
from typing import Any, Protocol

import msgspec

from portable.tooling.dev.journal.model import Details
from portable.tooling.dev.journal.redacted import Cleaner
from portable.tooling.dev.journal.schema import COLUMNS, prepared, transaction
from portable.tooling.dev.processes import is_alive
from portable.tooling.dev.state import set_aside

PAUSE = 0.08
"""Seconds in which invocations are collected before they are written."""
KEPT = 10_000
"""How many invocations are kept, the newest."""
TRIMMED = 20
"""The part of them by which the journal may grow before the oldest are deleted."""
PATIENCE = 2.0
"""Seconds to wait for the journal, which may not be written at all."""
WAITING = 20_000
"""How many changes are kept while they cannot be written, the newest."""
DIED = "the process ended during this call"

TOGETHER = 256
"""Rows of one statement. SQLite lets another thread of Python run at each statement, and it takes long to come back."""
_LAST = "SELECT coalesce(max(place), 0) FROM journal"
_FORGET = "DELETE FROM journal WHERE place = ?"
_COUNT = "SELECT count(*) FROM journal"
_TRIM = "DELETE FROM journal WHERE place < (SELECT place FROM journal ORDER BY place LIMIT 1 OFFSET ?)"
_USED = "INSERT OR IGNORE INTO used (function, kind, name, method) VALUES (?, ?, ?, ?)"
_RUNNING = "SELECT place, process, data FROM journal WHERE outcome = 'running'"


class Recorded(Protocol):
    """An invocation that may still run. `details()` tells how it stands now. The recorder alone sets its other attributes."""

    noted: bool
    """Whether it waits to be read."""
    told: str
    """The outcome that was told of it, "" for none."""
    place: int
    """Where it was written, 0 if it was not."""

    def details(self) -> Details:
        """Return all that is known by now. Bodies are bytes under "data" and "body"."""
        ...


Written = tuple[Recorded, Details, bytes]
"""An invocation, how it stood when it was read, and its JSON."""


class Buried:
    """An invocation whose process is gone."""

    noted, told = False, ""

    def __init__(self, place: int, details: Details) -> None:
        self.place = place
        self._details = details

    def details(self) -> Details:
        """Return how it ended."""
        return self._details


class Recorder:
    """Writes the journal of one process.

    `report` is told in words when it cannot. `ended` is told of the invocations that have changed, without secrets.
    """

    def __init__(
        self,
        file: Path,
        secrets: Callable[[], Iterable[str]],
        report: Callable[[str], None],
        ended: Callable[[Sequence[Details]], None] = lambda found: None,
        kept: int = KEPT,
    ) -> None:
        self._file = file
        self._cleaner = Cleaner(secrets)
        self._report = report
        self._ended = ended
        self._kept = kept
        self._process = os.getpid()
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._waiting: deque[Recorded] = deque()
        self._idle = False
        """Whether the thread waits for a call without an end to its patience."""
        self._unwritten: list[Written] = []
        self._used: set[tuple[str, str, str, str]] = set()
        self._held: int | None = None
        """How many rows the journal has, as far as this process knows. Where it does not know they are counted."""
        self._closed = False
        self._broken = False
        self._writing = False
        self._connection = open_or_begin_anew(file, report)
        self._bury()
        self._thread = Thread(target=self._run, name="portable-journal", daemon=True)
        self._thread.start()

    def note(self, found: Recorded) -> None:
        """Take note that an invocation began, changed or ended."""
        if found.noted:
            return  # it is looked at later than now
        found.noted = True
        self._waiting.append(found)
        if self._idle:
            with self._changed:
                self._changed.notify_all()

    def settle(self) -> None:
        """Wait until what was noted is written."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._writing, PATIENCE)

    def close(self) -> None:
        """Write what is left, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                self._idle = True  # before the look: who adds one from now on wakes this thread
                self._changed.wait_for(lambda: self._waiting or self._closed)
                self._idle = False
                self._changed.wait_for(lambda: self._closed, PAUSE)
            self._flush()
            with self._changed:
                self._writing = False
                self._changed.notify_all()
        self._flush()

    def _flush(self) -> None:
        """Write what waits. What cannot be written is kept for the next time."""
        with self._changed:
            taken = self._taken()
            self._writing = True
        changed = [item for found in taken if (item := self._read(found)) is not None]
        new = [details for found, details, _ in changed if _is_new(found, details)]
        if new:
            self._ended(new)
        if self._unwritten:
            together = {item[1].id: item for item in (*self._unwritten, *changed)}
            changed = list(together.values())[-WAITING:]
        self._unwritten = changed
        if not self._unwritten:
            return
        try:
            self._write(self._unwritten)
        except sqlite3.Error as error:
            if not self._broken:
                self._report(f"the journal {self._file} cannot be written, calls go on without it: {error}")
            self._broken = True
            return
        self._unwritten = []
        if self._broken:
            self._report(f"the journal {self._file} is written again")
        self._broken = False

    def _taken(self) -> list[Recorded]:
        """Return what waits. What changes from now on is noted again."""
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for found in taken:
            found.noted = False
        return taken

    def _read(self, found: Recorded) -> Written | None:
        try:
            return found, *self._cleaner.written(found.details())
        except Exception as error:  # noqa: BLE001 - an event that cannot be told must not end the journal
            self._report(f"a call cannot be kept in the journal: {type(error).__name__}: {error}")
            return None

    def _write(self, written: Sequence[Written]) -> None:
        used = {
            (details.function, call.kind, call.name, did)
            for _, details, _ in written
            for call in details.calls
            for did in call.did
        } - self._used
        connection = self._connection
        with transaction(connection):
            [(last,)] = connection.execute(_LAST)  # before it may be deleted: who follows the journal has seen it
            held: int | None = self._held
            if held is None:
                [(held,)] = connection.execute(_COUNT)
            again = [(found.place,) for found, _, _ in written if found.place]
            held += len(written) - (connection.executemany(_FORGET, again).rowcount if again else 0)
            start = 0
            while start < len(written):
                some = written[start : start + _together(len(written) - start)]
                connection.execute(_insert(len(some)), self._rows(some, last + 1 + start))
                start += len(some)
            connection.executemany(_USED, used)
            if held > self._kept + self._kept // TRIMMED:
                deleted = connection.execute(_TRIM, (held - self._kept,)).rowcount
                held = self._kept if deleted == held - self._kept else None  # another process has deleted some, too
        self._held = held
        self._used |= used
        for place, (found, _, _) in enumerate(written, last + 1):
            found.place = place

    def _rows(self, written: Sequence[Written], place: int) -> list[Any]:
        """Return the values of rows one after the other, from a place on."""
        values: list[Any] = []
        for _, item, data in written:
            values += (
                place,
                self._process,
                item.id,
                item.trace,
                item.function,
                item.outcome,
                item.began,
                item.label,
                item.error,
                data,
            )
            place += 1
        return values

    def _bury(self) -> None:
        """Say of the calls whose process is gone that they failed."""
        decode = msgspec.json.Decoder(Details).decode
        rows = self._connection.execute(_RUNNING).fetchall()
        gone = [(place, decode(data)) for place, process, data in rows if not is_alive(process)]
        if gone:
            ended = [
                Buried(place, msgspec.structs.replace(item, outcome="failed", error=DIED, seconds=0.0))
                for place, item in gone
            ]
            self._write([item for found in ended if (item := self._read(found)) is not None])


def _is_new(found: Recorded, details: Details) -> bool:
    """Return whether an outcome was not told yet: a call that ends while its beginning is read is noted once more."""
    before, found.told = found.told, details.outcome
    return before != details.outcome or details.outcome == "running"


def _together(rows: int) -> int:
    """Return how many rows to write next: a power of two, so that few statements are compiled, once each."""
    return min(TOGETHER, 1 << rows.bit_length() - 1)


@lru_cache
def _insert(rows: int) -> str:
    row = f"({', '.join('?' * len(COLUMNS))})"
    return f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - constants


def open_or_begin_anew(file: Path, report: Callable[[str], None]) -> sqlite3.Connection:
    """Return a connection to the journal. A file that is damaged is set aside, because the journal is only a record."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return prepared(file)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, or the disk is full: the file itself is well
            raise
        report(set_aside(file, str(error)))
        return prepared(file)
