"""Coverage of permissions: takes the declared permissions and those that tests used; returns those that no test used."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from portable.testing.app import App
from portable.testing.world.kinds.registry import RESOURCES
from portable.testing.world.observing import Use
from portable.tooling.app.model import Grant
from portable.tooling.app.resources import asked


def unused(app: App, used: AbstractSet[Use]) -> list[str]:
    """Return one line per function and resource with permissions that were declared but not used."""
    lines = []
    for function in app.model.functions:
        for (kind, resource), actions in sorted(asked(function, app.handlers[function.name], app.http).items()):
            grant = Grant(resource, kind, tuple(sorted(actions)))
            left = [a for a in grant.actions if (function.name, grant.kind, grant.resource, a) not in used]
            if left:
                what = f"{function.where}: {function.name} may {', '.join(left)} {grant.kind} {grant.resource}"
                lines.append(what + _advice(grant, [action for action in grant.actions if action not in left]))
    return lines


def _advice(grant: Grant, used: list[str]) -> str:
    """Return advice on a client with fewer permissions, if there is one that is enough."""
    if not used:
        return " (none of them was used)"
    fitting = [
        client.__name__
        for client in (RESOURCES[grant.kind].clients if grant.kind in RESOURCES else ())
        if set(used) <= set(client.actions) and len(client.actions) < len(grant.actions)
    ]
    return f" ({fitting[0]} is enough)" if fitting else ""
