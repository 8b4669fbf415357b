"""The SQL statements of queues and topics in a SQLite file. One file may hold many of both."""

from __future__ import annotations

import json

from portable.eventing import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from portable.eventing.outgoing import Outgoing

PREPARE = """
CREATE TABLE IF NOT EXISTS messages (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    attributes TEXT NOT NULL,
    ordering TEXT NOT NULL,
    sent REAL NOT NULL,
    due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS messages_due ON messages (queue, due);
CREATE INDEX IF NOT EXISTS messages_ordering ON messages (queue, ordering);
CREATE TABLE IF NOT EXISTS recent (
    queue TEXT NOT NULL, id TEXT NOT NULL, message TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (queue, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subscriptions (
    topic TEXT NOT NULL, queue TEXT NOT NULL, wanted TEXT NOT NULL, PRIMARY KEY (topic, queue)
) WITHOUT ROWID;
"""

SEND = "INSERT INTO messages (queue, id, body, attributes, ordering, sent, due) VALUES (?, ?, ?, ?, ?, ?, ?)"
COUNT = "SELECT count(*) FROM messages WHERE queue = ?"
PEEK = """
SELECT id, body, attributes, ordering, sent, tries, place FROM messages
WHERE queue = ? AND due <= ? ORDER BY place LIMIT ?
"""
TAKE = """
UPDATE messages SET tries = tries + 1, due = :until WHERE place IN (
    SELECT place FROM messages WHERE queue = :queue AND due <= :now ORDER BY due, place LIMIT :limit
) RETURNING id, body, attributes, ordering, sent, tries, place
"""
_FIRST = """
WITH RECURSIVE labels (label) AS (
    SELECT min(ordering) FROM messages WHERE queue = :queue
    UNION ALL
    SELECT (SELECT min(ordering) FROM messages WHERE queue = :queue AND ordering > labels.label)
    FROM labels WHERE labels.label IS NOT NULL
), first (place) AS (
    SELECT (SELECT min(place) FROM messages WHERE queue = :queue AND ordering = label)
    FROM labels WHERE label IS NOT NULL
)
"""
TAKE_ORDERED = f"""
{_FIRST}
UPDATE messages SET tries = tries + 1, due = :until WHERE place IN (
    SELECT messages.place FROM first CROSS JOIN messages USING (place) WHERE due <= :now ORDER BY messages.place LIMIT :limit
) RETURNING id, body, attributes, ordering, sent, tries, place
"""  # noqa: S608  (all parts are constants)
NEXT = "SELECT min(due) FROM messages WHERE queue = :queue"
NEXT_ORDERED = f"{_FIRST} SELECT min(due) FROM first CROSS JOIN messages USING (place)"  # noqa: S608
ACKNOWLEDGE = "DELETE FROM messages WHERE place = ? AND tries = ?"
RELEASE = "UPDATE messages SET due = ? WHERE place = ? AND tries = ?"
RECENT = "SELECT message FROM recent WHERE queue = ? AND id = ? AND until > ?"
REMEMBER = "INSERT OR REPLACE INTO recent (queue, id, message, until) VALUES (?, ?, ?, ?)"
FORGET = "DELETE FROM recent WHERE queue = ? AND until <= ?"
SUBSCRIBE = "INSERT OR REPLACE INTO subscriptions (topic, queue, wanted) VALUES (?, ?, ?)"
UNSUBSCRIBE = "DELETE FROM subscriptions WHERE topic = ?"
SUBSCRIBERS = "SELECT queue, wanted FROM subscriptions WHERE topic = ?"


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file."""
    connection.executescript(PREPARE)


def row(queue: str, message: Outgoing, own: str, now: float) -> tuple[str, tuple[Any, ...]]:
    """Return the id that a message arrives with, and its values for `SEND`."""
    body, attributes = wire.as_bytes(message)
    written = json.dumps(attributes) if attributes else "{}"
    return message.id or own, (queue, own, body, written, message.group or "", now, now + message.delay)
