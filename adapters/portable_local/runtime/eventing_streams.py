"""Streams in a SQLite file: takes a declaration and a path; returns the driver.

Records are kept for a week, so that a new function can start at the oldest one. Each function that reads the stream has an
ordered queue in the same file, with one group per key. A record and its copies are written in one transaction.
"""

from __future__ import annotations

import json

from portable.eventing import wire
from portable.eventing.memory import new_id
from portable.eventing.outgoing import Outgoing
from portable.eventing.stream_feed import to_queue
from portable_local.runtime import eventing_schema as sql
from portable_local.runtime.persistence_file import SqliteFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from portable.errors import PortableError
    from portable.eventing.stream import Stream

KEPT_SECONDS = 7 * 24 * 3600
_PREPARE = """
CREATE TABLE IF NOT EXISTS records (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    attributes TEXT NOT NULL,
    key TEXT NOT NULL,
    sent REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS records_sent ON records (stream, sent);
CREATE TABLE IF NOT EXISTS readers (
    stream TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (stream, queue)
) WITHOUT ROWID;
"""
_WRITE = "INSERT INTO records (stream, id, body, attributes, key, sent) VALUES (?, ?, ?, ?, ?, ?)"
_FORGET = "DELETE FROM records WHERE stream = ? AND sent < ?"
_KEPT = "SELECT place, id, body, attributes, key, sent FROM records WHERE stream = ? ORDER BY place"
_IS_READER = "SELECT 1 FROM readers WHERE stream = ? AND queue = ?"
_READERS = "SELECT queue FROM readers WHERE stream = ?"
_STOP = "DELETE FROM readers WHERE stream = ? AND queue = ?"
_READ = "INSERT INTO readers (stream, queue) VALUES (?, ?)"


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file."""
    sql.prepare(connection)
    connection.executescript(_PREPARE)


class SqliteStream:
    """A `StreamDriver` over one SQLite file, which may hold queues and topics too."""

    threads = 8

    def __init__(self, stream: Stream, path: str, clock: Callable[[], datetime]) -> None:
        self.stream = stream
        self._clock = clock
        self._file = SqliteFile(path, prepare, "NORMAL")

    def subscribe(self, queue: str, start: str = "latest") -> None:
        """Subscribe a queue, by its name. With `start="oldest"` a new subscriber also gets all records that are kept."""
        with self._file.write() as connection:
            if connection.execute(_IS_READER, (self.stream.name, queue)).fetchone() is not None:
                return
            connection.execute(_READ, (self.stream.name, queue))
            if start == "oldest":
                for place, own, body, attributes, key, sent in connection.execute(
                    _KEPT, (self.stream.name,)
                ).fetchall():
                    kept = Outgoing(body, False, json.loads(attributes), group=key)
                    _, values = sql.row(queue, to_queue(kept, str(place)), own, sent)
                    connection.execute(sql.SEND, values)

    def subscribe_only(self, queues: Mapping[str, str]) -> None:
        """Subscribe queues, each with its start, and no others. A queue that was subscribed stays where it is."""
        with self._file.write() as connection:
            known = [found[0] for found in connection.execute(_READERS, (self.stream.name,)).fetchall()]
            connection.executemany(_STOP, [(self.stream.name, queue) for queue in known if queue not in queues])
        for queue, start in queues.items():
            self.subscribe(queue, start)

    def send(self, message: Outgoing) -> str:  # noqa: D102
        [own] = self._write([message])
        return own

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return [*self._write(messages)]

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self._file.unwrap(native)

    def close(self) -> None:  # noqa: D102
        self._file.close()

    def _write(self, messages: Sequence[Outgoing]) -> list[str]:
        now = self._clock().timestamp()
        sent: list[str] = []
        with self._file.write() as connection:
            connection.execute(_FORGET, (self.stream.name, now - KEPT_SECONDS))
            readers = [found[0] for found in connection.execute(_READERS, (self.stream.name,)).fetchall()]
            for message in messages:
                own = new_id()
                body, attributes = wire.as_bytes(message)
                values: tuple[Any, ...] = (self.stream.name, own, body, json.dumps(attributes), message.group, now)
                place = connection.execute(_WRITE, values).lastrowid
                for queue in readers:
                    connection.execute(sql.SEND, sql.row(queue, to_queue(message, str(place)), own, now)[1])
                sent.append(own)
        return sent
