"""Schedules."""

from __future__ import annotations

from datetime import datetime

from portable.eventing.message import Message
from portable.eventing.outgoing import Outgoing
from portable.eventing.schedule import Tick
from portable.testing.world.kinds.kind import KitTrigger


def write_tick(tick: Tick) -> Outgoing:
    """Return a schedule's event as a message."""
    return Outgoing(tick.scheduled_at.isoformat().encode(), True, {})


def read_tick(message: Message[bytes]) -> Tick:
    """Return the schedule's event in a message."""
    moment = datetime.fromisoformat(message.payload.decode())
    return Tick(moment, max(moment, message.sent_at) if message.sent_at else moment)


TRIGGER = KitTrigger("schedule", Tick, write_tick, read_tick)
