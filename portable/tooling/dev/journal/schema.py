"""The tables of the journal, and connections to its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_SECONDS = 5.0
PAGE = 16_384
"""Bytes of a page of a new file: some calls fit into one, and each page is two writes that those who watch the folder hear of."""
CHECKPOINT = 250
"""Pages of the log of writes before they are moved into the file."""
VERSION = 1
"""The version of the tables, as the file tells it. Files of before it had a version say 0."""
COLUMNS = ("place", "process", "id", "trace", "function", "outcome", "began", "label", "error", "data")
"""What is asked for, and `data`: all that is known, as JSON. It is the last, so a search does not read long bodies.

`place` grows with every change of a row. There is no other index: each costs every call, and a look at 10,000 rows costs little.
"""
PREPARE = f"""
CREATE TABLE IF NOT EXISTS journal (place INTEGER PRIMARY KEY, {", ".join(COLUMNS[1:])});
CREATE INDEX IF NOT EXISTS journal_running ON journal (process) WHERE outcome = 'running';
CREATE TABLE IF NOT EXISTS used (
    function TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, method TEXT NOT NULL,
    PRIMARY KEY (function, kind, name, method)
) WITHOUT ROWID;
"""
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_TAKE_OVER = f"""
INSERT INTO journal ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM invocations JOIN details USING (place) ORDER BY place
"""  # noqa: S608 - constants


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection in autocommit mode. Raises sqlite3.Error."""
    return sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def prepared(file: Path) -> sqlite3.Connection:
    """Return a connection to a file with its tables: they are made, or those of an older version are taken over. Raises sqlite3.Error."""
    connection = connect(file)
    try:
        connection.execute("PRAGMA synchronous=OFF")  # what is written survives the end of this process
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")
        if connection.execute("PRAGMA user_version").fetchone() != (VERSION,):
            connection.execute(f"PRAGMA page_size={PAGE}")
            connection.execute("PRAGMA journal_mode=WAL")
            with transaction(connection):
                prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, with what an older version has kept."""
    for statement in PREPARE.split(";\n"):
        connection.execute(statement)
    if {"invocations", "details"} <= {name for (name,) in connection.execute(_TABLES)}:
        connection.execute(_TAKE_OVER)
        connection.execute("DROP TABLE invocations")
        connection.execute("DROP TABLE details")
    connection.execute(f"PRAGMA user_version = {VERSION}")


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
