"""An engine's state -> its resources, and those to keep so that no data is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portable.tooling.infra.deploying import Deploying


@dataclass(frozen=True, slots=True)
class There:
    """A resource that is there: its address, type and name, and the addresses that it needs."""

    address: str
    kind: str
    name: str
    needs: tuple[str, ...]


def resources(state: Mapping[str, Any]) -> list[There]:
    """Return the resources of a state, in order. What an engine only reads is left out."""
    found: dict[str, There] = {}
    for resource in state.get("resources", ()):
        if resource.get("mode") != "managed" or not resource.get("instances"):
            continue
        module = f"{resource['module']}." if resource.get("module") else ""
        address = f"{module}{resource['type']}.{resource['name']}"
        needs = {need for instance in resource["instances"] for need in instance.get("dependencies") or ()}
        found[address] = There(address, resource["type"], resource["name"], tuple(sorted(needs)))
    known = frozenset(found)
    return [
        There(each.address, each.kind, each.name, tuple(need for need in each.needs if need in known))
        for each in found.values()
    ]


def with_data(there: list[There], deploying: Deploying) -> tuple[There, ...]:
    """Return the resources that hold data, all that these need, and what hangs on these alone.

    An engine would destroy data together with what it needs. What hangs on data alone protects it: its encryption, its
    versions, who may read it.
    """
    by_address = {found.address: found for found in there}
    waiting = [found.address for found in there if deploying.holds(found.kind, found.address)]
    kept: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address not in kept:
            kept.add(address)
            waiting += by_address[address].needs
    hanging = {found.address for found in there if found.needs}
    while more := {address for address in hanging - kept if kept.issuperset(by_address[address].needs)}:
        kept |= more
    return tuple(found for found in there if found.address in kept)


def words(kept: tuple[There, ...], deploying: Deploying) -> tuple[tuple[str, str], ...]:
    """Return what of it holds data, each as a word and a name."""
    named = ((deploying.holds(each.kind, each.address), each.name) for each in kept)
    return tuple((word, name) for word, name in named if word is not None)
