"""The outbox: takes a change of an object; makes sure that the functions which wait for it get their event.

A change is noted on the disk before it is made, and the note is removed when the events are in the queues of their
functions. What a killed process has left is looked at when the next one starts: where the object did change, its events are
sent then. So an event may come twice, as in a cloud, but is never lost.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from portable.base.logs import current
from portable.base.values import replace
from portable.errors import NotFound, Unavailable
from portable.storage.bucket import Bucket
from portable.storage.event import StoredObject
from portable.storage.objects import ObjectInfo
from portable.tooling.app.kinds.bucket import fits
from portable.tooling.app.model import AppModel
from portable.tooling.dev.live import active
from portable.tooling.dev.processes import is_alive
from portable.tooling.run.kinds.feeds import write_object

if TYPE_CHECKING:
    from portable.eventing.driver import HostedQueue

_PREPARE = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS changes (
    place INTEGER PRIMARY KEY, process INTEGER NOT NULL, bucket TEXT NOT NULL, key TEXT NOT NULL, event TEXT NOT NULL,
    etag TEXT
)
"""
_NOTE = "INSERT INTO changes (process, bucket, key, event, etag) VALUES (?, ?, ?, ?, ?)"


class Outbox:
    """The changes of an app's buckets. `sent` is told when an event was sent."""

    def __init__(self, file: Path, app: AppModel, queues: Mapping[str, HostedQueue], sent: Callable[[], None]) -> None:
        self._functions = app.functions
        self._queues = queues
        self._sent = sent
        self._lock = Lock()
        self._file = file
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._connection.executescript(_PREPARE)

    def waits(self, bucket: str, key: str, event: str) -> bool:
        """Return whether a function waits for such a change."""
        return any(fits(function.trigger, bucket, key, event) for function in self._functions)

    def changing(
        self, bucket: str, key: str, event: str, etag: str | None, change: Callable[[], ObjectInfo | None]
    ) -> ObjectInfo | None:
        """Make a change that functions wait for, and send its events. `etag` is that of the object before it."""
        note = self._written(_NOTE, (os.getpid(), bucket, key, event, etag))
        try:
            info = change()
        except BaseException:
            self._done(note)
            raise
        self._send(bucket, key, event, info)
        self._done(note)
        return info

    def reconcile(self, drivers: Any) -> int:
        """Send the events of changes that killed processes had made. Return how many changes there were."""
        found = 0
        for place, process, bucket, key, event, etag in self._connection.execute("SELECT * FROM changes").fetchall():
            if is_alive(process):
                continue
            info = head(drivers.of(Bucket(bucket)), key)
            if (info is None) == (event == "deleted") and (None if info is None else info.etag) != etag:
                self._send(bucket, key, event, info)
                found += 1
            self._done(place)
        return found

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _send(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        size, etag = (None, None) if info is None else (info.size, info.etag)
        context = current.get()
        trace = None if context is None else context.trace
        live = active.get()
        if live is not None:
            live.caused(trace)
        message = replace(write_object(StoredObject(bucket, key, size, etag, uuid4().hex)), trace=trace)
        for function in self._functions:
            if fits(function.trigger, bucket, key, event):
                self._queues[function.name].send(message)
        self._sent()

    def _done(self, note: int | None) -> None:
        self._written("DELETE FROM changes WHERE place = ?", (note,))

    def _written(self, statement: str, values: tuple[Any, ...]) -> int | None:
        """Write, and return the place of a new row. Raises Unavailable when that is not possible now."""
        try:
            with self._lock:
                return self._connection.execute(statement, values).lastrowid
        except sqlite3.Error as error:
            raise Unavailable(f"{self._file}: {error}") from error


def head(driver: Any, key: str) -> ObjectInfo | None:
    """Return the facts about an object, None if there is none."""
    try:
        found: ObjectInfo = driver.head(key)
    except NotFound:
        return None
    return found
