"""Functions of an app on a target -> what each identity may do, and what a function gains that it did not ask for.

Functions of one identity share their permissions: what one asks for, all have. A target decides which functions share an
identity (`PlannedFunction.identity`). `portable.tooling.infra.blueprint.deployed` makes the functions from a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from portable.tooling.app.kinds.registry import RESOURCES, TRIGGERS
from portable.tooling.grouping import grouped
from portable.tooling.infra.blueprint import DeployedFunction

TAKE = "take"
"""Taking the events of one's own trigger from a queue or a stream. No client has this action."""


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """One portable action on one resource, such as get on the bucket photos."""

    kind: str
    resource: str
    action: str

    def __str__(self) -> str:
        return f'{self.action} on the {self.kind} "{self.resource}"'


@dataclass(frozen=True, slots=True)
class Gain:
    """A permission that a function has only because another function of its identity asked for it, or for one like it."""

    function: str
    identity: str
    permission: Permission
    asked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity of an app: its functions, and each permission with the functions that asked for it, sorted."""

    name: str
    functions: tuple[str, ...]
    permissions: Mapping[Permission, tuple[str, ...]]
    asked: Mapping[str, frozenset[Permission]] = field(repr=False)
    """What each of its functions asked for."""

    def gained(self, function: str) -> int:
        """Return how many permissions one of its functions gains. It costs nothing, unlike going through `gains`."""
        return len(self.permissions) - len(self.asked[function])

    def gains(self, function: str) -> Iterator[Gain]:
        """Yield what one of its functions gains, in order. Of many functions together this is many times many."""
        own = self.asked[function]
        for permission, asked_by in self.permissions.items():
            if permission not in own:
                yield Gain(function, self.name, permission, asked_by)


def identities(functions: Iterable[DeployedFunction], undivided: frozenset[str] = frozenset()) -> tuple[Identity, ...]:
    """Return the identities of an app, in order of their first function.

    A permission on a resource of an `undivided` kind is one on all resources of this kind.
    """
    together: dict[str, dict[str, frozenset[Permission]]] = {}
    for function in functions:
        together.setdefault(function.identity, {})[function.name] = asked_for(function)
    everything = {held for asked in together.values() for permissions in asked.values() for held in permissions}
    reach = grouped(sorted({(held.kind, held.resource) for held in everything if held.kind in undivided}))
    return tuple(_identity(name, asked, reach) for name, asked in together.items())


def asked_for(function: DeployedFunction) -> frozenset[Permission]:
    """Return what a function declares: its grants, and taking its own events. What needs no permission is left out."""
    found = {
        Permission(grant.kind, grant.resource, action)
        for grant in function.grants
        if RESOURCES[grant.kind].guarded
        for action in grant.actions
    }
    source = _source(function)
    return frozenset(found if source is None else {*found, Permission(*source, TAKE)})


def _source(function: DeployedFunction) -> tuple[str, str] | None:
    """Return the kind and name of what a function takes its events from; None where they are handed to it.

    What a service would hand over waits in a queue where it may become a dead letter.
    """
    kind = TRIGGERS[function.trigger["kind"]].taken_from
    if kind is not None and kind in function.trigger:
        return kind, function.trigger[kind]
    if function.feed is None or (kind is None and function.dead_letters is None):
        return None
    return "queue", function.feed


def _identity(name: str, asked: Mapping[str, frozenset[Permission]], reach: Mapping[str, Iterable[str]]) -> Identity:
    by_permission = grouped(
        (Permission(permission.kind, resource, permission.action), function)
        for function, held in asked.items()
        for permission in held
        for resource in reach.get(permission.kind, (permission.resource,))
    )
    union = {permission: tuple(dict.fromkeys(by_permission[permission])) for permission in sorted(by_permission)}
    return Identity(name, tuple(asked), union, asked)
