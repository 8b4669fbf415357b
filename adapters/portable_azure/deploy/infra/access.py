"""Functions that share an identity -> what they may do together, each right on the exact resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portable.eventing.queue import POISON
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.places import redriven
from portable_azure.deploy.infra.places import DATA, MONITORING
from portable_azure.deploy.infra.rights import (
    ABILITIES,
    CONTAINER_METADATA,
    FED,
    FOLLOWED,
    MOVED_FROM,
    SENDS,
    SIGNS,
    TELEMETRY,
    Rights,
)

Needed = dict[tuple[str, str], Rights]
"""Rights by the kind and name of what they are on."""


def needed(functions: Iterable[DeployedFunction]) -> Needed:
    """Return all that functions may do: their grants, taking their events, and writing their telemetry."""
    found: Needed = {("insights", MONITORING): TELEMETRY}
    for function in functions:
        for kind, name, rights in (*_granted(function), *_fed(function)):
            if rights != Rights():
                found[kind, name] = found.get((kind, name), Rights()) | rights
    return found


def _granted(function: DeployedFunction) -> Iterator[tuple[str, str, Rights]]:
    for grant in function.grants:
        for action in grant.actions:
            yield grant.kind, grant.resource, ABILITIES[grant.kind][action]
        if grant.kind == "table" and grant.actions:
            yield "table", grant.resource, CONTAINER_METADATA
        if grant.kind == "bucket" and "sign" in grant.actions:
            yield "account", DATA, SIGNS
        for source, dead in redriven(grant):
            yield "queue", dead, MOVED_FROM
            yield "queue", source, SENDS


def _fed(function: DeployedFunction) -> Iterator[tuple[str, str, Rights]]:
    """Yield what the host needs to take the events of a function; it moves what it gave up to a poison queue."""
    kind = function.details["type"]
    if kind == "queueTrigger" and function.feed is not None:
        yield "queue", function.feed, FED
        yield "queue", f"{function.feed}{POISON}", SENDS
    elif kind == "eventHubTrigger":
        yield "stream", function.trigger["stream"], FOLLOWED
