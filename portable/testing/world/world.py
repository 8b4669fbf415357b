"""The world of one test as one value: its clock, its resources, and the observer of all that handlers do with them."""

from __future__ import annotations

from dataclasses import dataclass

from portable.testing.world.clock import Clock
from portable.testing.world.observing import Observer
from portable.testing.world.stores import Stores


@dataclass(frozen=True)
class World:
    """Every test has its own world. The session of an app is in one world at a time."""

    clock: Clock
    stores: Stores
    observer: Observer
