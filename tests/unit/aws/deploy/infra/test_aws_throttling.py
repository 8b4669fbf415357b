"""API Gateway stops a flood where it can refuse nothing that the function takes."""

from __future__ import annotations

from typing import Any

from unit.aws.deploy.infra.aws_policies import Policies
from unit.tooling.rules.apps import HTTP, app, function

CORS = {"origins": ["*"], "headers": [], "expose": [], "max_age": 600, "credentials": False}


def limit(by: str, *windows: tuple[int, int]) -> dict[str, Any]:
    return {"by": by, "windows": [{"calls": calls, "seconds": seconds} for calls, seconds in windows]}


def stage(*triggers: dict[str, Any]) -> dict[str, Any]:
    functions = (function(f"fun{n}", {**HTTP, "path": f"/{n}", **each}) for n, each in enumerate(triggers))
    found: dict[str, Any] = Policies(app(*functions)).resources("aws_apigatewayv2_stage")["http"]
    return found


def test_a_route_that_is_counted_as_a_whole_is_throttled_at_twice_its_limit() -> None:
    found = stage({"limit": [limit("ip", (1, 1)), limit("route", (10, 4), (5000, 86_400)), limit("route", (1, 1))]}, {})
    bounds = {
        "throttling_rate_limit": "${min(var.requests_per_second, 5)}",
        "throttling_burst_limit": "${min(var.requests_at_once, 20)}",
    }
    settings = {each.pop("route_key"): each for each in found["route_settings"]}
    assert settings == {"GET /0": bounds, "HEAD /0": bounds}
    assert len(found["depends_on"]) > len(settings)  # a setting of a route that is not there yet is refused
    assert all(address.startswith("aws_apigatewayv2_route.fun") for address in found["depends_on"])


def test_no_other_route_is() -> None:
    whole = [limit("route", (1, 1))]
    found = stage(
        {"limit": [limit("key", (1, 1))]}, {"limit": whole, "cors": CORS}, {"limit": whole, "method": "*"}, {}
    )
    assert "route_settings" not in found
    assert "depends_on" not in found
