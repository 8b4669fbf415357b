"""`Blueprint`: all that infrastructure needs to know of an app on one target. It is what `manifest.json` says of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from portable.errors import PortableError
from portable.tooling.app.kinds.registry import TRIGGERS, dead_letters, feed
from portable.tooling.app.model import FunctionModel, Grant, ResourceModel
from portable.tooling.plan import Plan, PlannedFunction

UNVERSIONED = "0"
"""The version of an app whose project has none."""


@dataclass(frozen=True, slots=True)
class DeployedFunction:
    """One function as the target runs it.

    `memory` is in MB, `timeout` and `backoff` in seconds. `attempts` is None for a function that is never retried.
    `feed` is the queue that its events wait in, `dead_letters` the queue of those that failed at every attempt; both are
    names, None where there is none. Functions of one `identity` share their permissions. `public` means that anybody may
    call it. `concurrency` is the most calls at once, None for no limit. `details` are the target's own words.
    """

    name: str
    trigger: dict[str, Any]
    entry: str
    memory: int
    timeout: int
    identity: str
    grants: tuple[Grant, ...]
    attempts: int | None = None
    backoff: float | None = None
    feed: str | None = None
    dead_letters: str | None = None
    public: bool = False
    idempotent: bool = False
    concurrency: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """An app on one target. `sha256` and `size` are those of bundle.zip, in hexadecimal and bytes.

    `version` is the one that the project gives itself, and `domain` that of its HTTP functions, "" for none. `drivers` and
    `wants` are those of the plan.
    """

    target: str
    app: str
    python: str
    architecture: str
    functions: tuple[DeployedFunction, ...]
    resources: tuple[ResourceModel, ...]
    sha256: str
    size: int
    version: str = ""
    domain: str = ""
    drivers: dict[str, str] = field(default_factory=dict)
    wants: tuple[tuple[str, ...], ...] = ()

    def here(self) -> Blueprint:
        """Return the blueprint without what is reached through other targets, which this target does not make."""
        functions = tuple(reached_here(function, self.drivers) for function in self.functions)
        resources = tuple(resource for resource in self.resources if resource.kind not in self.drivers)
        return replace(self, functions=functions, resources=resources)

    def abroad(self) -> dict[str, tuple[str, ...]]:
        """Return the targets that hold what each function reaches elsewhere, by the name of a function that reaches anything."""
        kinds = {function.name: {grant.kind for grant in function.grants} for function in self.functions}
        found = {
            name: tuple(sorted({self.drivers[kind] for kind in held & self.drivers.keys()}))
            for name, held in kinds.items()
        }
        return {name: targets for name, targets in found.items() if targets}

    def release(self) -> str:
        """Return what the tag `version` says, in characters that every provider takes in a tag, except for labels of Google.

        It must not change with each change of the code, or everything would.
        """
        kept = (one if one.isascii() and (one.isalnum() or one in ".+-_") else "-" for one in self.version)
        return "".join(kept)[:128] or UNVERSIONED


def described(plan: Plan) -> dict[str, Any]:
    """Return a plan's part of a manifest as plain data; what a function does not have is left out."""
    functions = [msgspec.to_builtins(function) for function in deployed(plan)]
    return {
        "target": plan.target,
        "app": plan.app.name,
        **({"version": plan.app.version} if plan.app.version else {}),
        **({"domain": plan.app.domain} if plan.app.domain else {}),
        "python": plan.python,
        "architecture": plan.architecture,
        "functions": [
            {
                name: value
                for name, value in function.items()
                if value is not None and value is not False and value != {}
            }
            for function in functions
        ],
        "resources": [msgspec.to_builtins(resource) for resource in plan.app.resources],
        **({"drivers": plan.drivers, "wants": [list(names) for names in plan.wants]} if plan.drivers else {}),
    }


def deployed(plan: Plan) -> tuple[DeployedFunction, ...]:
    """Return the functions of a plan as its target runs them."""
    declared = {function.name: function for function in plan.app.functions}
    return tuple(_deployed(planned, declared[planned.name]) for planned in plan.functions)


def reached_here(function: DeployedFunction, drivers: Collection[str]) -> DeployedFunction:
    """Return a function without what it does to kinds of resources that are reached through another target."""
    grants = tuple(grant for grant in function.grants if grant.kind not in drivers)
    return replace(function, grants=grants, dead_letters=None if "queue" in drivers else function.dead_letters)


def read_blueprint(manifest: Mapping[str, Any]) -> Blueprint:
    """Return the Blueprint in a manifest. Raises PortableError for one that does not have its form."""
    try:
        return msgspec.convert(manifest, Blueprint)
    except msgspec.ValidationError as error:
        raise PortableError(f"the manifest does not describe an app: {error}; package again") from error


def is_public(function: FunctionModel) -> bool:
    """Say whether anybody may call a function."""
    return function.trigger["kind"] == "http" and function.trigger.get("auth") is None


def _deployed(planned: PlannedFunction, function: FunctionModel) -> DeployedFunction:
    kind = TRIGGERS[function.trigger["kind"]]
    return DeployedFunction(
        name=function.name,
        trigger=function.trigger,
        entry=planned.entry,
        memory=function.memory,
        timeout=function.timeout,
        identity=planned.identity or function.name,
        grants=function.grants,
        attempts=function.attempts if kind.retried else None,
        backoff=function.backoff,
        feed=feed(function),
        dead_letters=dead_letters(function),
        public=is_public(function),
        idempotent=function.idempotent is not None,
        concurrency=function.concurrency,
        environment=dict(function.environment),
        details=planned.details,
    )
