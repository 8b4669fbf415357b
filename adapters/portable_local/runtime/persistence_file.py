"""A SQLite file shared by threads and processes: takes a path; lends connections and raises errors of the error tree.

It uses the write-ahead log and `synchronous=FULL`: a write that has returned is on the disk, and the file stays intact when
a process is killed (https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from threading import Lock

from portable.errors import PortableError
from portable_local.runtime.errors import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSY_SECONDS = 30.0
"""Seconds that a writer waits for other writers. Then it raises Throttled."""


class SqliteFile:
    """Connections to one file, opened when needed and kept for the next call. A forked process opens its own."""

    def __init__(self, path: str, prepare: Callable[[sqlite3.Connection], None], synchronous: str = "FULL") -> None:
        """With `synchronous="NORMAL"` a power failure may lose the last writes. The end of a process never does."""
        self.path = path
        self._synchronous = synchronous
        self._prepare = prepare
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._idle: list[sqlite3.Connection] = []
        self._writer = Lock()
        self._opening = Lock()
        self._ready = False

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle and self._process == os.getpid():
            self._idle.pop().close()

    def unwrap(self, native: type) -> object:
        """Return a new connection if `native` is sqlite3's class, or else None. The caller owns it."""
        return sqlite3.connect(self.path) if native is sqlite3.Connection else None

    def __del__(self) -> None:
        if hasattr(self, "_idle"):
            self.close()

    @contextmanager
    def lease(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in autocommit mode. SQLite's errors are raised as errors of the tree."""
        if self._process != os.getpid():
            self._start()  # SQLite does not allow to use a connection after a fork
        try:
            connection = self._idle.pop() if self._idle else self._open()
        except IndexError:  # another thread took the last one
            connection = self._open()
        try:
            yield connection
        except sqlite3.Error as error:
            connection.close()
            raise _wrapped(error, self.path) from error
        except BaseException:
            self._idle.append(connection)
            raise
        self._idle.append(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection whose statements are one durable transaction. No other writer runs at the same time."""
        with self.lease() as connection, self._writer:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.rollback()
                raise

    @contextmanager
    def write_once(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for a single writing statement, which is its own transaction."""
        with self.lease() as connection, self._writer:
            yield connection

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
            )
        except sqlite3.Error as error:
            raise _wrapped(error, self.path) from error
        try:
            if self._ready:
                self._settings(connection)
            else:
                with self._opening:
                    _first(connection)
                    self._settings(connection)
                    self._prepare(connection)
                    self._ready = True
        except sqlite3.Error as error:
            connection.close()
            raise _wrapped(error, self.path) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _settings(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute("PRAGMA cache_size=-16000")
        connection.execute(
            "PRAGMA mmap_size=2147483648"
        )  # so a get among a million rows costs about as much as one among 1,000


def _first(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on. SQLite does not wait for other processes here, so this function does."""
    import time

    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            break
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def _wrapped(error: sqlite3.Error, path: str) -> PortableError:
    return (classify(error) or PortableError)(f"{path}: {error}")
