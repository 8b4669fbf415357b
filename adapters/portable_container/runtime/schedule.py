"""Schedules in a container: takes a due moment that the leader published to JetStream, or a CloudEvent; returns a Tick.

The CloudEvent is ours (`portable.tick`) or that of Knative's PingSource, whose `time` is when it was due.
"""

from __future__ import annotations

from datetime import UTC, datetime

from portable.base.values import Value
from portable.compute.consume import Consumer, consume
from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable_container.runtime.cloudevents import TICK
from portable_container.runtime.taking import UNREADABLE, Taker, attempt_of, not_ours, of_jetstream, trace_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nats.aio.msg import Msg

    from portable.compute.context import Context
    from portable_container.runtime.cloudevents import CloudEvent

EXPECTED = "a due moment of a schedule"
TYPES = (TICK, "dev.knative.sources.ping")
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


class Due(Value):
    """A firing, and the message that brought it: its attempts are counted as those of any message."""

    tick: Tick
    message: Message[bytes]


def handler(call: Any, function: str, timeout: float, attempts: int = 3, days: int = 1) -> Taker:
    """Return what takes the firings of a schedule; with `days` over 1 only of every such day, counted from 1970-01-01."""

    def run(due: Due, context: Context) -> bool:
        if (due.tick.scheduled_at - _ZERO).days % days:
            return True

        def brought(_message: Message[bytes], context: Context) -> Any:
            return call(due.tick, context)

        return consume(Consumer(function, brought, attempts), due.message, context)

    return Taker(function, timeout, of_jetstream(EXPECTED, read, "ticks"), of_event, run)


def read(found: Msg) -> Due:
    """Return the firing in a message of JetStream. Raises ValueError for any other, or an error of nats-py."""
    told = found.metadata
    tick = Tick(_moment(found.data.decode()))
    return Due(tick, Message(f"{told.stream}-{told.sequence.stream}", found.data, told.num_delivered))


def of_event(found: CloudEvent) -> Due:
    """Return the firing in a CloudEvent. Raises EventError for any other."""
    attributes = found.attributes
    try:
        if attributes["type"] in TYPES:
            own, tick = attributes["id"], Tick(_moment(attributes["time"]))
            return Due(tick, Message(own, b"", attempt_of(found), trace=trace_of(found)))
    except UNREADABLE:
        pass
    raise not_ours(EXPECTED, found)


def _moment(text: str) -> datetime:
    """Return an ISO 8601 time as aware UTC. Without an offset it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
