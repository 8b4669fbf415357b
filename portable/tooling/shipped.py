"""A target and what an app uses -> which of our modules ship beyond those that entries import, and which distributions.

The one place where this is derived, for every target.
"""

from __future__ import annotations

from portable.tooling.app.needs import Needs
from portable.tooling.target import MSGSPEC, Target

PILLARS = {
    "bucket": "storage",
    "table": "persistence",
    "queue": "eventing",
    "topic": "eventing",
    "secret": "settings",
    "setting": "settings",
}
"""The module of a target's runtime that holds the drivers of each kind, see `portable.base.drivers.LazyDrivers`."""


def drivers_of(target: Target, needs: Needs) -> tuple[str, ...]:
    """Return the modules of drivers that are imported at a client's first call."""
    return tuple(sorted({f"{target.package}.runtime.{PILLARS[kind]}" for kind in needs.kinds}))


def left_out(needs: Needs) -> frozenset[str]:
    """Return the modules of ours that no function can reach: the async bucket driver, unless a client is awaited."""
    return frozenset() if needs.awaits else frozenset(("portable.storage.obstore_async",))


def requirements_of(target: Target, needs: Needs) -> tuple[str, ...]:
    """Return the distributions that an app's declarations need beside its own dependencies."""
    found = {text for kind in ("", *needs.kinds) for text in target.requirements.get(kind, ())}
    return tuple(sorted(found | ({MSGSPEC} if needs.typed else set())))
