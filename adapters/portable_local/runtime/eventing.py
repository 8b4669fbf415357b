"""Queues and topics in a SQLite file: takes a declaration and a path; returns a driver.

`portable invoke` uses it. Several processes and threads of one machine may share a file. A message whose
id `send` has returned is not lost when a process dies (write-ahead log).
"""

from __future__ import annotations

import json

from portable.eventing import wire
from portable.eventing.driver import Received
from portable.eventing.memory import DEDUPLICATED_SECONDS, new_id, utc_now
from portable_local.runtime import eventing_schema as sql
from portable_local.runtime.persistence_file import SqliteFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from portable.errors import PortableError
    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.queue import Queue
    from portable.eventing.stream import Stream
    from portable.eventing.topic import Topic
    from portable_local.runtime.eventing_streams import SqliteStream


def queue_driver(queue: Queue, path: str, clock: Callable[[], datetime] = utc_now) -> SqliteQueue:
    """Return the driver of a queue in the SQLite file at `path`, which is made at the first call."""
    return SqliteQueue(queue, path, clock)


def topic_driver(topic: Topic, path: str, clock: Callable[[], datetime] = utc_now) -> SqliteTopic:
    """Return the driver of a topic in the SQLite file at `path`, which is made at the first call."""
    return SqliteTopic(topic, path, clock)


def stream_driver(stream: Stream, path: str, clock: Callable[[], datetime] = utc_now) -> SqliteStream:
    """Return the driver of a stream in the SQLite file at `path`, which is made at the first call."""
    from portable_local.runtime.eventing_streams import SqliteStream

    return SqliteStream(stream, path, clock)


class SqliteQueue:
    """A `HostedQueue` over one SQLite file, which may hold other queues too."""

    threads = 8

    def __init__(self, queue: Queue, path: str, clock: Callable[[], datetime]) -> None:
        self.queue = queue
        self._clock = clock
        self._file = SqliteFile(path, sql.prepare, "NORMAL")

    def send(self, message: Outgoing) -> str:  # noqa: D102
        if message.deduplicate is not None:
            with self._file.write() as connection:
                return self._send_once(connection, message, message.deduplicate)
        arrives, values = sql.row(self.queue.name, message, new_id(), self._clock().timestamp())
        with self._file.write_once() as connection:
            connection.execute(sql.SEND, values)
        return arrives

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        now = self._clock().timestamp()
        rows = [sql.row(self.queue.name, message, new_id(), now) for message in messages]
        with self._file.write() as connection:
            connection.executemany(sql.SEND, [values for _, values in rows])
        return [arrives for arrives, _ in rows]

    def count(self) -> int:  # noqa: D102
        with self._file.lease() as connection:
            found: int = connection.execute(sql.COUNT, (self.queue.name,)).fetchone()[0]
        return found

    def peek(self, limit: int) -> list[Message[bytes]]:  # noqa: D102
        with self._file.lease() as connection:
            rows = connection.execute(sql.PEEK, (self.queue.name, self._clock().timestamp(), limit)).fetchall()
        return [_message(found) for found in rows]

    def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        now = self._clock().timestamp()
        values = {"queue": self.queue.name, "now": now, "until": now + seconds, "limit": limit}
        with self._file.write_once() as connection:
            rows = connection.execute(sql.TAKE_ORDERED if self.queue.ordered else sql.TAKE, values).fetchall()
        rows.sort(key=lambda found: found[6])
        return [Received(_message(found), f"{found[6]}/{found[5]}") for found in rows]

    def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        if len(receipts) == 1:
            with self._file.write_once() as connection:
                connection.execute(sql.ACKNOWLEDGE, receipts[0].split("/"))
        elif receipts:
            with self._file.write() as connection:
                connection.executemany(sql.ACKNOWLEDGE, [receipt.split("/") for receipt in receipts])

    def release(self, receipt: str, delay: float) -> None:  # noqa: D102
        with self._file.write_once() as connection:
            connection.execute(sql.RELEASE, (self._clock().timestamp() + delay, *receipt.split("/")))

    def next_due(self) -> float | None:  # noqa: D102
        with self._file.lease() as connection:
            found: float | None = connection.execute(
                sql.NEXT_ORDERED if self.queue.ordered else sql.NEXT, {"queue": self.queue.name}
            ).fetchone()[0]
        return found

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self._file.unwrap(native)

    def close(self) -> None:  # noqa: D102
        self._file.close()

    def _send_once(self, connection: sqlite3.Connection, message: Outgoing, key: str) -> str:
        now = self._clock().timestamp()
        found = connection.execute(sql.RECENT, (self.queue.name, key, now)).fetchone()
        if found is not None:
            return str(found[0])
        arrives, values = sql.row(self.queue.name, message, new_id(), now)
        connection.execute(sql.FORGET, (self.queue.name, now))
        connection.execute(sql.SEND, values)
        connection.execute(sql.REMEMBER, (self.queue.name, key, arrives, now + DEDUPLICATED_SECONDS))
        return arrives


class SqliteTopic:
    """A `TopicDriver` over one SQLite file. One transaction copies a message to the queues of all subscribers."""

    threads = 8

    def __init__(self, topic: Topic, path: str, clock: Callable[[], datetime]) -> None:
        self.topic = topic
        self._clock = clock
        self._file = SqliteFile(path, sql.prepare, "NORMAL")

    def subscribe(self, queue: str, filter: Mapping[str, str] | None = None) -> None:  # noqa: A002
        """Subscribe a queue, by its name, to the messages whose attributes equal those of `filter`."""
        with self._file.write_once() as connection:
            connection.execute(sql.SUBSCRIBE, (self.topic.name, queue, json.dumps(dict(filter or {}))))

    def subscribe_only(self, queues: Mapping[str, Mapping[str, str]]) -> None:
        """Subscribe queues, each with its filter, and no others."""
        with self._file.write() as connection:
            connection.execute(sql.UNSUBSCRIBE, (self.topic.name,))
            rows = [(self.topic.name, queue, json.dumps(dict(wanted))) for queue, wanted in queues.items()]
            connection.executemany(sql.SUBSCRIBE, rows)

    def publish(self, message: Outgoing) -> str:  # noqa: D102
        own = new_id()
        now = self._clock().timestamp()
        with self._file.write() as connection:
            for queue, wanted in connection.execute(sql.SUBSCRIBERS, (self.topic.name,)).fetchall():
                if all(message.attributes.get(name) == value for name, value in json.loads(wanted).items()):
                    connection.execute(sql.SEND, sql.row(queue, message, own, now)[1])
        return own

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self._file.unwrap(native)

    def close(self) -> None:  # noqa: D102
        self._file.close()


def _message(found: tuple[Any, ...]) -> Message[bytes]:
    from datetime import UTC, datetime

    own, body, written, ordering, sent, tries, _ = found
    attributes = {} if written == "{}" else json.loads(written)
    return wire.read(own, body, attributes, tries or None, datetime.fromtimestamp(sent, UTC), ordering or None)
