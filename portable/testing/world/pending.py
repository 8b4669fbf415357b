"""What waits for a function that is no HTTP function: messages of its queue, topic, bucket or schedule."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portable.eventing.memory import MemoryQueue
from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing
from portable.eventing.schedule import Tick
from portable.storage.event import StoredObject
from portable.tooling.app.kinds.registry import feed as feed_name
from portable.tooling.app.model import FunctionModel


@dataclass
class Tries:
    """How a message fared: failures of the handler's own, those that chaos made, deliveries in all.

    `skipped` are deliveries that found it being handled already: `portable.compute.consume` subtracts them.
    """

    own: int = 0
    injected: int = 0
    skipped: int = 0
    deliveries: int = 0

    def attempt(self, attempts: int) -> int:
        """Return the attempt to report. A failure that chaos made never brings the last attempt nearer than it is."""
        first = 1 + self.own
        return self.skipped + (min(first + self.injected, attempts - 1) if first < attempts else first)


@dataclass
class PendingEvents:
    """The waiting messages of one function, and how to make its event of one."""

    function: FunctionModel
    queue: MemoryQueue
    decode: Callable[[Message[bytes]], Any]
    tries: dict[str, Tries] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        """Messages that the host fetches at once."""
        return int(self.function.trigger.get("batch", 1))

    @property
    def dead_letters_of(self) -> str:
        """The name of the queue whose dead letters this function makes."""
        return feed_name(self.function) or self.function.name

    def fits(self, bucket: str, key: str, event: str) -> bool:
        """Say whether an object's event is for this function."""
        trigger = self.function.trigger
        return (
            trigger["kind"] == "object"
            and trigger["bucket"] == bucket
            and trigger["event"] == event
            and key.startswith(trigger["prefix"])
            and key.endswith(trigger["suffix"])
        )


def decoder(kind: str) -> Callable[[Message[bytes]], Any]:
    """Return what makes a function's event of a waiting message, by the kind of its trigger."""
    return {"object": read_object, "schedule": read_tick}.get(kind, _same)


def write_object(found: StoredObject) -> Outgoing:
    """Return a bucket's event as a message."""
    fields = {name: getattr(found, name) for name in ("bucket", "key", "size", "etag", "id")}
    return Outgoing(json.dumps(fields).encode(), True, {}, json=True)


def read_object(message: Message[bytes]) -> StoredObject:
    """Return the bucket's event in a message."""
    return StoredObject(**json.loads(message.payload))


def write_tick(scheduled_at: datetime) -> Outgoing:
    """Return a schedule's event as a message."""
    return Outgoing(scheduled_at.isoformat().encode(), True, {})


def read_tick(message: Message[bytes]) -> Tick:
    """Return the schedule's event in a message."""
    moment = datetime.fromisoformat(message.payload.decode())
    return Tick(moment, max(moment, message.sent_at) if message.sent_at else moment)


def _same(message: Message[bytes]) -> Message[bytes]:
    return message
