"""Schedules."""

from __future__ import annotations

from portable.eventing.schedule import Tick
from portable.testing.world.kinds.kind import KitTrigger
from portable.tooling.run.kinds.feeds import write_tick

TRIGGER = KitTrigger("schedule", Tick, write_tick)
