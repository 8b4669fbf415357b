"""What a cloud is made of, for the other parts of the kit: those that search, compare and explain look at it here."""

from __future__ import annotations

from dataclasses import dataclass

from portable.testing.accidents.chaos import Chaos
from portable.testing.session.firing import Firing
from portable.testing.session.requesting import Requester
from portable.testing.session.session import Session
from portable.testing.session.transport import Transport
from portable.testing.world.world import World


@dataclass
class Inside:
    """The parts of one cloud. A test needs none of them."""

    session: Session
    world: World
    transport: Transport
    firing: Firing
    requester: Requester
    chaos: Chaos | None = None
    """What happens now."""
    instead: Chaos | None = None
    """What happens instead of the chaos that the test asks for: a shorter schedule of the same."""

    def steps(self) -> list[str]:
        """Return every resource call so far as text, oldest first."""
        return [str(step) for step in self.world.observer.steps]
