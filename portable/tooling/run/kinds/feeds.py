"""The queue that brings a function its events, on a host of ours (memory, SQLite): how it holds them, and who takes them.

A queue or topic brings messages as they were sent, a stream brings records. What no sender writes, a bucket's event and
the tick of a schedule, is a message made here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from portable.compute.consume import Consumer, consume_batch
from portable.compute.context import Context
from portable.compute.ledger import Ledger
from portable.compute.records import consume_records
from portable.eventing.driver import Received
from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing
from portable.eventing.schedule import Tick
from portable.eventing.stream_feed import from_queue
from portable.storage.event import StoredObject
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel

BACKOFF = 1.0
"""Seconds until a retry, if the function declares no backoff."""
Events = list[tuple[Received, Any]]
"""Messages that were taken for a function, each with the event that it brings."""


def same(message: Message[bytes]) -> Message[bytes]:
    """Return the event of a message: itself."""
    return message


def write_object(found: StoredObject) -> Outgoing:
    """Return a bucket's event as a message."""
    fields = {name: getattr(found, name) for name in ("bucket", "key", "size", "etag", "id")}
    return Outgoing(json.dumps(fields).encode(), True, {}, json=True)


def read_object(message: Message[bytes]) -> StoredObject:
    """Return the bucket's event in a message."""
    return StoredObject(**json.loads(message.payload))


def write_tick(tick: Tick) -> Outgoing:
    """Return a schedule's event as a message."""
    return Outgoing(tick.scheduled_at.isoformat().encode(), True, {})


def read_tick(message: Message[bytes]) -> Tick:
    """Return the schedule's event in a message."""
    moment = datetime.fromisoformat(message.payload.decode())
    return Tick(moment, max(moment, message.sent_at) if message.sent_at else moment)


def one_by_one(consumer: Consumer, _function: FunctionModel, events: Events, context: Context) -> list[str]:
    """Consume messages one after the other and return the receipts of those that must come again."""

    def decoded(message: Message[bytes], given: Any) -> Any:
        return consumer.call(events_of[message.id], given)

    events_of = {received.message.id: event for received, event in events}
    history = getattr(consumer.call, "history", None)
    if history is not None:
        decoded.history = history  # type: ignore[attr-defined]  # portable.compute.consume asks the call for it
    own = Consumer(consumer.function, decoded, consumer.attempts, consumer.bury, consumer.ordered, consumer.backoff)
    return consume_batch(own, [(received.receipt, received.message) for received, _ in events], context)


def records(consumer: Consumer, function: FunctionModel, events: Events, context: Context) -> list[str]:
    """Consume records as every host does. The queue counts the tries, so that nothing is remembered here."""
    given = [event for _, event in events]
    unfinished = {record.id for record in consume_records(consumer, given, context, Ledger(), takes_batch(function))}
    return [received.receipt for received, record in events if record.id in unfinished]


class Feed(Struct, frozen=True):
    """How a kind of trigger takes what its queue brings.

    `read` returns the event of a message. `ordered` says that the queue is. `whole` says whether one call takes all
    messages of a delivery. `consume` calls the function with taken messages.
    """

    read: Callable[[Message[bytes]], Any] = same
    ordered: bool = False
    whole: Callable[[FunctionModel], bool] = lambda function: False
    consume: Callable[[Consumer, FunctionModel, Events, Context], list[str]] = one_by_one


_FEEDS = {
    "object": Feed(read_object),
    "schedule": Feed(read_tick),
    "stream": Feed(from_queue, True, takes_batch, records),
}
"""By the kind of trigger. Any other one takes messages as they were sent."""


def feed_of(kind: str) -> Feed:
    """Return how a kind of trigger takes what its queue brings."""
    return _FEEDS.get(kind, Feed())
