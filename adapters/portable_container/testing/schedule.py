"""Takes a portable Tick; returns the message that the leader publishes for a due moment. It cannot hold `fired_at`."""

from __future__ import annotations

from nats.aio.msg import Msg

from portable.eventing.schedule import Tick
from portable_container.runtime.eventing_wire import UNIQUE
from portable_container.runtime.nats_names import Address
from portable_container.testing.jetstream import delivered


def encode_tick(tick: Tick, at: Address, attempt: int | None = None) -> Msg:
    """Return the message of a tick, from the JetStream stream of its function."""
    due = tick.scheduled_at.isoformat()
    return delivered(at, at.subject, due.encode(), {UNIQUE: due}, attempt=attempt)
