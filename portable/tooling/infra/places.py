"""`Places`: what infrastructure asks of a Blueprint again and again. Each target adds what its things are called and where they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portable.base.drivers import variable_name
from portable.eventing.queue import POISON
from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.grouping import grouped
from portable.tooling.infra.blueprint import Blueprint, DeployedFunction
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.terraform import Document, Expression, reference


@dataclass(frozen=True)
class Places(ABC):
    """An app in a stage."""

    blueprint: Blueprint
    stage: Stage

    @cached_property
    def functions(self) -> dict[str, DeployedFunction]:
        """The app's functions by name."""
        return {function.name: function for function in self.blueprint.functions}

    @cached_property
    def resources(self) -> dict[tuple[str, str], ResourceModel]:
        """The app's resources by kind and name."""
        return {(resource.kind, resource.name): resource for resource in self.blueprint.resources}

    def triggered(self, kind: str, resource: str) -> list[DeployedFunction]:
        """Return the functions that a bucket, topic or stream triggers; `kind` is the trigger's."""
        return self._triggered.get((kind, resource), [])

    @cached_property
    def _triggered(self) -> dict[tuple[str, str], list[DeployedFunction]]:
        triggers = ((function, function.trigger) for function in self.blueprint.functions)
        return grouped(
            ((trigger["kind"], trigger[kind]), function)
            for function, trigger in triggers
            for kind in RESOURCES
            if kind in trigger
        )

    def queues(self) -> set[str]:
        """Return the names of the queues that the app declares, of dead letters, and of those between which clients move messages."""
        declared = {resource.name for resource in self.blueprint.resources if resource.kind == "queue"}
        filled = {function.dead_letters for function in self.blueprint.functions if function.dead_letters}
        grants = (grant for function in self.blueprint.functions for grant in function.grants)
        return declared | filled | {name for grant in grants for pair in redriven(grant) for name in pair}

    @abstractmethod
    def address(self, kind: str, name: str) -> Expression | str:
        """Return what the runtime is told of a resource, in the variable of its kind and name."""

    def variables(self, functions: Iterable[DeployedFunction]) -> dict[str, Any]:
        """Return the environment of functions that run together: their resources' addresses, and what the app declared."""
        found: dict[str, Any] = {"PORTABLE_TARGET": self.blueprint.target}
        together = tuple(functions)
        for kind, name in sorted({each for function in together for each in reached(function)}):
            found |= dict.fromkeys(_told_by(kind, name), self.address(kind, name))
        for function in together:
            found |= function.environment
        return found


def reached(function: DeployedFunction) -> set[tuple[str, str]]:
    """Return the kind and name of each resource that a function's clients reach."""
    found = {(grant.kind, grant.resource) for grant in function.grants}
    pairs = [pair for grant in function.grants for pair in redriven(grant)]
    return found | {("queue", name) for pair in pairs for name in pair}


def redriven(grant: Grant) -> list[tuple[str, str]]:
    """Return the queue and its dead letters if a grant moves messages between the two, else nothing."""
    if grant.kind != "queue" or "redrive" not in grant.actions:
        return []
    source = grant.resource.removesuffix(POISON)
    return [(source, f"{source}{POISON}")]


def variables_document(rows: Iterable[tuple[str, str, Any, str]], places: Places) -> Document:
    """Return what the user may choose: rows of name, type, default and description; and a variable for each setting."""
    document = Document()
    declare(document, (*rows, *_settings(places)))
    return document


def declare(document: Document, rows: Iterable[tuple[str, str, Any, str]]) -> None:
    """Add variables to a document: rows of name, type, default and description. One whose default is ... must be given."""
    for name, kind, default, description in rows:
        document.block("variable", name, type=Expression(kind), description=description)
        if default is not ...:
            document.default(name, default)


def outputs_document(main: Document, places: Places, given: Mapping[str, Any], queues: Iterable[str]) -> Document:
    """Return as outputs what is given, but for None, and the addresses of resources and queues.

    They are local values of `main` first, which the user's own files may use.
    """
    named = {what: value for what, value in given.items() if value is not None}
    for resource in places.blueprint.resources:
        if resource.kind not in ("queue", "setting"):
            named.setdefault(f"{resource.kind}s", {})[resource.name] = places.address(resource.kind, resource.name)
    held = {name: places.address("queue", name) for name in queues}
    named |= {"queues": held} if held else {}
    main.top("locals", **named)
    document = Document()
    for what in named:
        document.block("output", what, value=reference(f"local.{what}"))
    return document


def addresses(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that say where resources are, by the outputs that `outputs_document` has made."""
    found: dict[str, str] = {}
    for kind in RESOURCES:
        for name, address in (outputs.get(f"{kind}s") or {}).items():
            found |= dict.fromkeys(_told_by(kind, name), address)
    return found


def _told_by(kind: str, name: str) -> Iterator[str]:
    """Yield the variables that hold the address of a resource: dead letters have two."""
    if kind == "queue" and name.endswith(POISON):
        yield variable_name("DEAD", name.removesuffix(POISON))
    yield variable_name(kind, name)


def _settings(places: Places) -> Iterator[tuple[str, str, Any, str]]:
    """Yield the variable of each setting; one without a default must be given."""
    for resource in places.blueprint.resources:
        if resource.kind == "setting":
            default = resource.options.get("default")
            yield (
                f"setting_{resource.name}",
                "string",
                ... if default is None else default,
                f"The setting {resource.name}.",
            )
