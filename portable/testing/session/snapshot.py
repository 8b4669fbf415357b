"""Takes and restores the whole state of a test's world: resources, clock, pending events, recorded calls."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from portable.testing.session.firing import Firing
from portable.testing.world.pending import Tries
from portable.testing.world.records import Call, Dropped, Failure, Step
from portable.testing.world.script import Break


@dataclass(frozen=True)
class Snapshot:
    """The whole state of a cloud."""

    stores: Any
    now: datetime
    tries: dict[str, dict[str, Tries]]
    recorded: tuple[list[Call], list[Failure], list[Dropped], list[Step]]
    breaks: dict[str, list[Break]]
    names: tuple[dict[str, str], Counter[str]]


def take(firing: Firing) -> Snapshot:
    """Return the state of a world and of all that waits in it."""
    world, observer = firing.world, firing.world.observer
    return Snapshot(
        world.stores.snapshot(),
        world.clock.now,
        {
            name: {key: replace(tries) for key, tries in pending.tries.items()}
            for name, pending in firing.all_pending.items()
        },
        (list(observer.calls), list(observer.failures), list(observer.dropped), list(observer.steps)),
        {name: list(breaks) for name, breaks in observer.breaks.items()},
        observer.names.snapshot(),
    )


def go_back(firing: Firing, state: Snapshot) -> None:
    """Go back to a snapshot, which may be used again."""
    world, observer = firing.world, firing.world.observer
    world.stores.restore(state.stores)
    world.clock.set(state.now)
    for name, pending in firing.all_pending.items():
        pending.tries = {key: replace(tries) for key, tries in state.tries[name].items()}
    observer.calls[:], observer.failures[:], observer.dropped[:], observer.steps[:] = state.recorded
    observer.breaks = {name: list(breaks) for name, breaks in state.breaks.items()}
    observer.names.restore(state.names)
    observer.next_script = None
