"""Takes the isolated functions of an app; returns the function app of each function, and the settings that disable it elsewhere.

All function apps of an app have the same bundle. The settings below disable in each one the functions that run elsewhere
(Functions "How to disable functions"), so that a function never runs with the identity of another.
"""

from __future__ import annotations

from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.isolation import ISOLATION, KEY
from portable.tooling.target import Problem
from portable_azure.deploy.routes import UNKNOWN


def shared_http(app: AppModel, isolated: frozenset[str]) -> list[Problem]:
    """Return an error for each isolated HTTP function: all HTTP functions share one route table, so one function app."""
    functions = app.http()
    if len(functions) < 2:
        return []
    return [
        Problem(
            f"[tool.portable.azure] {KEY}: the HTTP functions of an app share one function app on Azure, so {function.name} "
            "cannot have its own",
            function.where,
            rule=ISOLATION,
            instead="name only functions of other triggers, or make it an app of its own",
        )
        for function in functions
        if function.name in isolated
    ]


def apart(function: FunctionModel, isolated: frozenset[str], first: str) -> dict[str, Any]:
    """Return where a function runs. `identity` names its own function app; it is absent for the shared one.

    `disabled_by` are the settings to set to "true" in every other function app. The function for unknown paths runs
    together with `first`, the app's first HTTP function. The result is empty if no function is isolated.
    """
    if not isolated:
        return {}
    names = [function.name]
    if function.name == first:
        names.append(UNKNOWN)
    own = {"identity": function.name} if function.name in isolated else {}
    return own | {"disabled_by": [f"AzureWebJobs.{name}.Disabled" for name in names]}
