"""The routes of the API on AWS: every method of a path has one function, and no route is declared twice."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from unit.tooling.rules.apps import app, function

from portable.tooling.app.model import Code, FunctionModel, MountModel
from portable.tooling.entry.parts import assemble
from portable.tooling.entry.routes import paths
from portable.tooling.target import Options
from portable_aws.deploy.shim import entry
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


def mounted(name: str, prefix: str) -> FunctionModel:
    found = http(name, "*")
    trigger = found.trigger | {"path": f"{prefix}/{{path:path}}"}
    return replace(found, trigger=trigger, mount=MountModel("asgi", prefix, Code("", home=("shop", "app"))))


def test_a_mounted_app_gets_its_prefix_and_what_the_paths_below_it_do_not_declare() -> None:
    shop = routes(http("read", "GET"), mounted("shop", "/shop"))
    assert shop["shop"] == ["ANY /shop/{path+}", "ANY /shop/", "ANY /shop"]
    assert shop["read"][-1] == "ANY /shared"
    web = routes(http("read", "GET"), mounted("web", ""))
    assert web == {
        "read": ["GET /shared", "HEAD /shared"],
        "web": ["ANY /{path+}", "ANY /", "ANY /shared"],
    }


def test_the_module_of_a_mounted_app_has_all_its_paths_and_loads_other_functions_when_they_are_asked_for() -> None:
    functions = (http("read", "GET"), mounted("web", ""))
    source = assemble(entry(functions[1], {path.template: path for path in paths(functions)}))
    assert "'GET': _Route('read', \"entry_read:_call_read\", 1)" in source
    assert source.count("_Route('web', _call_web, 1)") == 2
    assert "import handle_read" not in source
