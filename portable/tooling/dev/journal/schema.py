"""The tables of the journal, and connections to its file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from portable.tooling.dev.journal.model import Invocation

BUSY_SECONDS = 5.0
COLUMNS = Invocation.__struct_fields__
"""The columns of a row, in the order of the fields of `Invocation`. `place` grows with every change of a row."""
PREPARE = f"""
CREATE TABLE IF NOT EXISTS invocations (
    place INTEGER PRIMARY KEY AUTOINCREMENT, process INTEGER NOT NULL, error TEXT NOT NULL, {", ".join(COLUMNS)}
);
CREATE UNIQUE INDEX IF NOT EXISTS invocations_id ON invocations (id);
CREATE INDEX IF NOT EXISTS invocations_began ON invocations (began, id);
CREATE INDEX IF NOT EXISTS invocations_trace ON invocations (trace);
CREATE INDEX IF NOT EXISTS invocations_running ON invocations (process) WHERE outcome = 'running';
CREATE TABLE IF NOT EXISTS details (place INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS used (
    function TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, method TEXT NOT NULL,
    PRIMARY KEY (function, kind, name, method)
) WITHOUT ROWID;
"""


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection in autocommit mode. Raises sqlite3.Error."""
    return sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file. What is written from now on survives the end of this process."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(PREPARE)
