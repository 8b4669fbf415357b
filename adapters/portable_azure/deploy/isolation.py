"""The isolated functions of an app -> the function app that each function runs in, and what turns it off in the others.

Every function app of an app has the same bundle. The settings below turn off in each what runs elsewhere (Functions "How
to disable functions"), so that a function never runs under another's identity.
"""

from __future__ import annotations

from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.isolation import KEY
from portable.tooling.target import Problem
from portable_azure.deploy.routes import UNKNOWN


def shared_http(app: AppModel, isolated: frozenset[str]) -> list[Problem]:
    """Refuse an HTTP function apart from the others: each answers any request from the one table of them all."""
    functions = app.http()
    if len(functions) < 2:
        return []
    return [
        Problem(
            f"[tool.portable.azure] {KEY}: the HTTP functions of an app share one function app on Azure, so {function.name} "
            "cannot have its own. Name only functions of other triggers, or make it an app of its own",
            function.where,
        )
        for function in functions
        if function.name in isolated
    ]


def apart(function: FunctionModel, isolated: frozenset[str], first: str) -> dict[str, Any]:
    """Return where a function runs: `identity` is the function app of its own, absent for the one that is shared.

    `disabled_by` are the settings to make "true" in every other function app. The answer to unknown paths goes with
    `first`, the app's first HTTP function. Nothing is said when no function is isolated.
    """
    if not isolated:
        return {}
    names = [function.name]
    if function.name == first:
        names.append(UNKNOWN)
    own = {"identity": function.name} if function.name in isolated else {}
    return own | {"disabled_by": [f"AzureWebJobs.{name}.Disabled" for name in names]}
