"""`gateway = true` of [tool.portable.azure]: API Management before the HTTP functions of an app, and what it cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portable.tooling.app.model import AppModel
from portable.tooling.infra.blueprint import Blueprint, DeployedFunction
from portable.tooling.rules.limits import beyond
from portable.tooling.target import Problem
from portable_azure.deploy.facts import FACTS

GATEWAY = "gateway"
"""The key, and the word for it in the details of the app's first HTTP function."""


def has_gateway(app: AppModel, table: Mapping[str, object]) -> bool:
    """Say whether a gateway stands before the HTTP functions of an app."""
    return table.get(GATEWAY) is True and bool(app.http())


def gated(blueprint: Blueprint) -> DeployedFunction | None:
    """Return the first HTTP function of an app that has a gateway, None of one that has none."""
    return next((function for function in blueprint.functions if function.details.get(GATEWAY)), None)


def gateway_problems(app: AppModel, table: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong with `gateway`, and what API Management ends sooner than the app does."""
    value = table.get(GATEWAY, False)
    if not isinstance(value, bool):
        text = f"[tool.portable.azure] {GATEWAY} = {value!r} must be true or false"
        yield Problem(text, key=GATEWAY, rule="setting", instead="correct it, or leave it out")
    elif value and not app.http():
        text = f"[tool.portable.azure] {GATEWAY} has no effect: the app has no HTTP function"
        yield Problem(text, error=False, key=GATEWAY, rule="setting", instead="leave it out", note=True)
    elif value:
        most = FACTS.limits["gateway.timeout"]
        for function in app.http():
            if not most.allows(function.timeout):
                yield beyond(most, function.timeout, f"{function.name}: ", function.where)
