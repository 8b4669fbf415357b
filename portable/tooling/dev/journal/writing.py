"""The writing side of the journal: takes invocations as they begin and end; a thread writes them, some at a time.

A call never waits for the journal and never fails because of it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, RLock, Thread
from typing import Any, Protocol

import msgspec

from portable.tooling.dev.journal.model import Details
from portable.tooling.dev.journal.redacted import Cleaner
from portable.tooling.dev.journal.schema import COLUMNS, connect, prepare
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
TOLD = 1_000
"""How many calls are known to have been told, the newest."""
DIED = "the process ended during this call"

_INSERT = f"INSERT INTO invocations (place, process, error, {', '.join(COLUMNS)})"
_INSERT_DETAILS = "INSERT INTO details (place, data)"
TOGETHER = 200
"""Rows of one statement. SQLite lets another thread of Python run at each statement, and it takes long to come back."""
_FORGET = "DELETE FROM details WHERE place IN (SELECT place FROM invocations WHERE id = ?)"
_OLDEST = "SELECT began, id FROM invocations ORDER BY began DESC, id DESC LIMIT 1 OFFSET ?"
_TRIM_DETAILS = "DELETE FROM details WHERE place IN (SELECT place FROM invocations WHERE (began, id) <= (?, ?))"
_TRIM = "DELETE FROM invocations WHERE (began, id) <= (?, ?)"
_USED = "INSERT OR IGNORE INTO used (function, kind, name, method) VALUES (?, ?, ?, ?)"
_NEXT = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'invocations'"
_RUNNING = "SELECT process, data FROM invocations JOIN details USING (place) WHERE outcome = 'running'"

Written = tuple[Details, bytes]
"""An invocation and its JSON."""


class Recorded(Protocol):
    """An invocation that may still run. `details()` tells how it stands now."""

    id: str

    def details(self) -> Details:
        """Return all that is known by now. Bodies are bytes under "data" and "body"."""
        ...


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
        self._waiting: dict[str, Recorded] = {}
        self._unwritten: list[Written] = []
        self._known: dict[str, None] = {}
        self._told: dict[str, str] = {}
        self._used: set[tuple[str, str, str, str]] = set()
        self._more = kept
        """Changes since the oldest were deleted; at first a look is due."""
        self._closed = False
        self._broken = False
        self._writing = False
        self._connection = open_or_begin_anew(file, report)
        self._bury()
        self._thread = Thread(target=self._run, name="portable-journal", daemon=True)
        self._thread.start()

    def note(self, found: Recorded) -> None:
        """Take note that an invocation began, changed or ended."""
        with self._lock:
            if not self._waiting:
                self._changed.notify_all()
            self._waiting[found.id] = found

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
                if not self._waiting and not self._closed:
                    self._changed.wait()
                self._changed.wait_for(lambda: self._closed, PAUSE)
            self._flush()
            with self._changed:
                self._writing = False
                self._changed.notify_all()
        self._flush()

    def _flush(self) -> None:
        """Write what waits. What cannot be written is kept for the next time."""
        with self._changed:
            taken, self._waiting = self._waiting, {}
            self._writing = True
        changed = [item for found in taken.values() if (item := self._read(found)) is not None]
        new = [details for details, _ in changed if self._is_new(details)]
        if new:
            self._ended(new)
        together = {item[0].id: item for item in (*self._unwritten, *changed)}
        self._unwritten = list(together.values())[-WAITING:]
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

    def _is_new(self, found: Details) -> bool:
        """Return whether an outcome was not told yet: a call that ends while its beginning is read is noted once more."""
        before = self._told.pop(found.id, "")
        self._told[found.id] = found.outcome
        if len(self._told) > TOLD:
            del self._told[next(iter(self._told))]
        return before != found.outcome or found.outcome == "running"

    def _read(self, found: Recorded) -> Written | None:
        try:
            return self._cleaner.written(found.details())
        except Exception as error:  # noqa: BLE001 - an event that cannot be told must not end the journal
            self._report(f"a call cannot be kept in the journal: {type(error).__name__}: {error}")
            return None

    def _write(self, written: Sequence[Written]) -> None:
        found = [details for details, _ in written]
        again = [(item.id,) for item in found if item.id in self._known]
        used = {
            (d.function, call.kind, call.name, did)
            for d in found
            for call in d.calls
            for did in ((call.method,) if call.did is None else call.did)
        } - self._used
        connection = self._connection
        with transaction(connection):
            connection.executemany(_FORGET, again)
            connection.executemany("DELETE FROM invocations WHERE id = ?", again)
            [(place,)] = connection.execute(_NEXT)
            rows = [
                (place + index, self._process, item.error, *msgspec.structs.astuple(item)[: len(COLUMNS)])
                for index, item in enumerate(found)
            ]
            _insert(connection, _INSERT, rows)
            _insert(connection, _INSERT_DETAILS, [(place + index, data) for index, (_, data) in enumerate(written)])
            connection.executemany(_USED, used)
            self._more += len(found)
            if self._more > self._kept // TRIMMED:
                self._more = 0
                oldest = connection.execute(_OLDEST, (self._kept,)).fetchone()
                if oldest is not None:
                    connection.execute(_TRIM_DETAILS, oldest)
                    connection.execute(_TRIM, oldest)
        self._used |= used
        self._known.update((item.id, None) for item in found)
        while len(self._known) > self._kept:
            del self._known[next(iter(self._known))]

    def _bury(self) -> None:
        """Say of the calls whose process is gone that they failed."""
        decode = msgspec.json.Decoder(Details).decode
        rows = self._connection.execute(_RUNNING).fetchall()
        gone = [decode(data) for process, data in rows if not is_alive(process)]
        if gone:
            failed = [msgspec.structs.replace(item, outcome="failed", error=DIED, seconds=0.0) for item in gone]
            self._known.update((item.id, None) for item in gone)
            self._write([self._cleaner.written(item) for item in failed])


def _insert(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        row = f"({', '.join('?' * len(some[0]))})"
        connection.execute(
            f"{statement} VALUES {', '.join([row] * len(some))}", [value for each in some for value in each]
        )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make the statements of the block one durable change."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise


def open_or_begin_anew(file: Path, report: Callable[[str], None]) -> sqlite3.Connection:
    """Return a connection to the journal. A file that is damaged is set aside, because the journal is only a record."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _prepared(file)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, or the disk is full: the file itself is well
            raise
        report(set_aside(file, str(error)))
        return _prepared(file)


def _prepared(file: Path) -> sqlite3.Connection:
    connection = connect(file)
    try:
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection
