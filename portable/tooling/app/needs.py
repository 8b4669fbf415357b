"""Takes an AppModel; returns what its functions use at run time. Which modules and distributions ship follows from this alone."""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import AppModel, FunctionModel


@dataclass(frozen=True, slots=True)
class Needs:
    """The kinds of resources that are reached, whether a client is awaited, whether a type is decoded or encoded."""

    kinds: frozenset[str]
    awaits: bool
    typed: bool


def needs(app: AppModel) -> Needs:
    """Return what an app uses: by its clients, its idempotency records and the dead letters that it sends."""
    kinds = {grant.kind for function in app.functions for grant in function.grants}
    if any(function.dead_letter for function in app.functions):
        kinds.add("queue")
    if any(function.idempotent is not None for function in app.functions):
        kinds.add("table")
    typed_rows = any(RESOURCES[resource.kind].typed(resource.options) for resource in app.resources)
    return Needs(
        frozenset(kinds),
        any(_awaits(function) for function in app.functions),
        typed_rows or any(p.decoder == "typed" for function in app.functions for p in function.parameters),
    )


def _awaits(function: FunctionModel) -> bool:
    return function.asynchronous and any(parameter.client is not None for parameter in function.parameters)
