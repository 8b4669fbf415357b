"""The messages of a queue as people read them, the queues that an app has without declaring them, and how one is emptied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portable.errors import NotFound
from portable.eventing.message import Message
from portable.eventing.queue import POISON, Queue
from portable.eventing.wire import ATTEMPTS, ERROR, ERROR_TYPE
from portable.tooling.app.kinds.registry import dead_letters, feed
from portable.tooling.app.model import AppModel
from portable.tooling.dev import words
from portable.tooling.dev.stored.declared import declared

_OURS = (ATTEMPTS, ERROR, ERROR_TYPE)
_TAKEN = 100
"""How many messages are taken at a time when a queue is emptied."""
_HELD = 30.0
"""Seconds for which they are hidden meanwhile."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message. `text` is None if its payload is no text; a dead letter says what the last error was."""

    message: Message[bytes]
    text: str | None
    attributes: dict[str, str]
    attempts: str
    error: str


def shown(messages: Iterable[Message[bytes]]) -> list[Shown]:
    """Return messages as people read them."""
    return [_shown(message) for message in messages]


def _shown(message: Message[bytes]) -> Shown:
    given = message.attributes
    told = ": ".join(part for part in (given.get(ERROR_TYPE), given.get(ERROR)) if part)
    own = {name: value for name, value in given.items() if name not in _OURS}
    return Shown(message, words.body_text(message.payload), own, given.get(ATTEMPTS, ""), told)


def dead_queue(app: AppModel, queue: Queue) -> Queue | None:
    """Return the queue of the dead letters of a queue, None if it has none."""
    if queue.dead_letters_of is not None:
        return None
    fed = [function for function in app.functions if feed(function) == queue.name]
    return queue.dead_letters if any(dead_letters(function) for function in fed) else None


def own_queue(app: AppModel, name: str) -> Queue | None:
    """Return the queue of a function's own events, or that of its dead letters; None if no function has it."""
    for fed in filter(None, map(feed, app.functions)):
        if name == fed:
            return Queue(fed)
        if name == f"{fed}{POISON}":
            return Queue(fed).dead_letters
    return None


def queue_named(app: AppModel, name: str) -> Queue:
    """Return a queue of an app, or that of a function's own events. Raises NotFound."""
    try:
        found: Queue = declared(app, Queue.kind, name)
    except NotFound:
        own = own_queue(app, name)
        if own is None:
            raise
        return own
    return found


def purge(driver: Any) -> int:
    """Delete all messages that could be received now; return how many there were."""
    gone = 0
    while taken := driver.receive(_TAKEN, _HELD):
        driver.acknowledge([received.receipt for received in taken])
        gone += len(taken)
    return gone


def read_by(app: AppModel, queue: Queue) -> str | None:
    """Return the function that takes from a queue, None if there is none."""
    return next((function.name for function in app.functions if feed(function) == queue.name), None)
