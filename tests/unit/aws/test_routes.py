"""The routes of the API on AWS: every method of a path has one function, and no route is declared twice."""

from __future__ import annotations

from typing import Any

from unit.tooling.rules.apps import app, function

from portable.tooling.app.model import FunctionModel
from portable.tooling.target import Options
from portable_aws.deploy.target import AwsTarget


def http(name: str, method: str) -> FunctionModel:
    trigger: dict[str, Any] = {
        "kind": "http",
        "method": method,
        "path": "/shared",
        "cors": None,
        "max_body": 1,
        "auth": None,
    }
    return function(name, trigger)


def routes(*functions: FunctionModel) -> dict[str, list[str]]:
    planned = AwsTarget().plan(app(*functions), Options("3.12", "x86_64", {})).functions
    return {one.name: [route for route in one.details["routes"] if route != "$default"] for one in planned}


def test_the_first_function_of_a_path_gets_the_methods_that_none_declares() -> None:
    found = routes(http("read", "GET"), http("write", "PUT"))
    assert found == {"read": ["GET /shared", "HEAD /shared", "ANY /shared"], "write": ["PUT /shared"]}


def test_the_function_of_any_method_gets_them_wherever_it_is_declared() -> None:
    """Two routes with one key would fail the deployment."""
    found = routes(http("read", "GET"), http("rest", "*"))
    assert found == {"read": ["GET /shared", "HEAD /shared"], "rest": ["ANY /shared"]}
    assert routes(http("rest", "*"), http("read", "GET")) == dict(reversed(found.items()))
