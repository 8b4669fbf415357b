"""`Overview`: what an app will be in a stage, before anything is packaged or asked: an app and a target in, all that `plan` shows out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portable.tooling.cache import hashes
from portable.tooling.check.gains import Gain, Identity, identities
from portable.tooling.deploy.differences import Difference, differences
from portable.tooling.deploy.order import Order
from portable.tooling.infra.blueprint import Blueprint, described, read_blueprint
from portable.tooling.infra.stage import Stage
from portable.tooling.rules.headroom import Headroom, headroom
from portable.tooling.target import Target

UNKNOWN = {"sha256": "", "size": 0}
"""What only packaging tells."""


@dataclass(frozen=True, slots=True)
class Overview:
    """An app in a stage. `made` counts what its infrastructure makes, by type. `since` says when the stage was deployed last, "" never."""

    title: str
    stage: str
    blueprint: Blueprint
    identities: tuple[Identity, ...]
    headroom: tuple[Headroom, ...]
    made: dict[str, int]
    since: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    def gains(self) -> list[Gain]:
        """Return what functions gain that they did not ask for."""
        return [gain for each in self.identities for function in each.functions for gain in each.gains(function)]


def overview(order: Order) -> Overview:
    """Return the overview of an app. No engine, account or network is needed. Raises PortableError as packaging does."""
    planned = order.planned()
    settled = planned.read.settled
    blueprint = read_blueprint({**described(planned.plan), **UNKNOWN})
    record = order.record()
    known = record is not None and record.manifest and record.app == blueprint.app
    before = record.manifest if record is not None and known else {}
    return Overview(
        settled.target.title,
        settled.stage.name,
        blueprint,
        identities(blueprint.functions, settled.target.undivided),
        headroom(planned.read.model, planned.plan, settled.target.facts),
        _made(settled.target, blueprint, settled.stage),
        record.at if record is not None and known else "",
        tuple(differences(before, blueprint, hashes(planned.sources))) if before else (),
        planned.notes,
    )


def _made(target: Target, blueprint: Blueprint, stage: Stage) -> dict[str, int]:
    found = target.infra(blueprint, stage)
    return found.made() if found is not None else {}


def as_json(overview: Overview) -> dict[str, Any]:
    """Return an overview as plain data."""
    return {
        "app": overview.blueprint.app,
        "target": overview.blueprint.target,
        "stage": overview.stage,
        "functions": [
            {
                "name": function.name,
                "trigger": function.trigger,
                "identity": function.identity,
                "memory": function.memory,
                "timeout": function.timeout,
                "public": function.public,
            }
            for function in overview.blueprint.functions
        ],
        "resources": [{"kind": each.kind, "name": each.name} for each in overview.blueprint.resources],
        "drivers": overview.blueprint.drivers,
        "wants": [list(names) for names in overview.blueprint.wants],
        "identities": [
            {
                "name": identity.name,
                "functions": list(identity.functions),
                "may": [
                    {"kind": may.kind, "resource": may.resource, "action": may.action, "asked_by": list(asked)}
                    for may, asked in identity.permissions.items()
                ],
            }
            for identity in overview.identities
        ],
        "gains": [
            {"function": gain.function, "identity": gain.identity, "may": str(gain.permission)}
            for gain in overview.gains()
        ],
        "headroom": [
            {"limit": each.limit.what, "value": each.value, "most": each.limit.most, "of": each.of}
            for each in overview.headroom
        ],
        "made": overview.made,
        "since": overview.since,
        "changes": [{"sign": each.sign, "what": each.what, "how": each.how} for each in overview.differences],
        "notes": list(overview.notes),
    }
