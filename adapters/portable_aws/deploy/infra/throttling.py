"""The throttling of routes whose calls are all counted together: API Gateway stops a flood before anybody pays for its calls.

The function counts exactly; the gateway has a token bucket of twice its calls and twice its rate, so it refuses nothing that
the function takes ("Throttle requests to your HTTP APIs": throttles are targets, not promises). A route with `cors=` has
none, because a reply of the gateway has no CORS headers, nor has one of any method, which gets calls that the function does not
count. The variables of the stage stay the upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import reference
from portable_aws.deploy.infra.authorizers import ANY


def throttled(functions: Iterable[DeployedFunction]) -> list[dict[str, Any]]:
    """Return the settings of each route that has some, by the first window of its first limit by="route"."""
    return [
        {
            "route_key": route,
            "throttling_rate_limit": reference(f"min(var.requests_per_second, {2 * calls / seconds:g})"),
            "throttling_burst_limit": reference(f"min(var.requests_at_once, {2 * calls})"),
        }
        for function in functions
        for calls, seconds in _guards(function)
        for route in function.details["routes"]
        if not route.startswith(ANY)
    ]


def _guards(function: DeployedFunction) -> list[tuple[int, int]]:
    if function.trigger.get("cors"):
        return []
    limits = (limit for limit in function.trigger.get("limit", ()) if limit["by"] == "route")
    windows = (limit["windows"][0] for limit in limits)
    return [(window["calls"], window["seconds"]) for window in windows][:1]
