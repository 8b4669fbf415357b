"""A target and what an app uses -> which of our modules ship beyond those that entries import, and which distributions.

The one place where this is derived, for every target.
"""

from __future__ import annotations

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.needs import Needs
from portable.tooling.target import MSGSPEC, Target


def drivers_of(target: Target, needs: Needs) -> tuple[str, ...]:
    """Return the modules of drivers that `portable.base.drivers.LazyDrivers` imports at a client's first call."""
    pillars = {RESOURCES[kind].pillar for kind in needs.kinds}
    return tuple(f"{target.package}.runtime.{pillar}" for pillar in sorted(pillars))


def left_out(needs: Needs) -> frozenset[str]:
    """Return the modules of ours that no function can reach: the async bucket driver, unless a client is awaited."""
    return frozenset() if needs.awaits else frozenset(("portable.storage.obstore_async",))


def requirements_of(target: Target, needs: Needs) -> tuple[str, ...]:
    """Return the distributions that an app's declarations need beside its own dependencies."""
    found = {text for kind in ("", *needs.kinds) for text in target.requirements.get(kind, ())}
    return tuple(sorted(found | ({MSGSPEC} if needs.typed else set())))
