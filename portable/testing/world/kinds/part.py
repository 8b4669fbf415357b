"""What `cloud` shows of a kind: the base of each part, which is with its kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from portable.base.drivers import Drivers
    from portable.testing.world.pending import PendingEvents

R = TypeVar("R")


class CloudPart:
    """What `cloud` shows of one kind: a method that takes a declared resource. `Cloud` is made of the parts of all kinds."""

    _drivers: Drivers

    def _waiting(self) -> Iterable[PendingEvents]:
        """Return what waits for each function of the app that is no HTTP function."""
        raise LookupError("a part of a cloud has no functions")


def expect(resource: R, declaration: type[R]) -> R:
    """Return a declared resource. Raises TypeError for anything else."""
    if not isinstance(resource, declaration):
        raise TypeError(f"cloud.{declaration.__name__.lower()} takes a {declaration.__name__}, not {resource!r}")
    return resource
