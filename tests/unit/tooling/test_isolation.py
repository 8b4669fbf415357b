"""`isolate`: every target honours it, says that it is needless, or refuses it; no target ignores it."""

from __future__ import annotations

from typing import Any

import pytest

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.isolation import isolated_names
from portable.tooling.pipeline import problems
from portable.tooling.target import Options, Problem, Target
from portable_aws.deploy.target import target as aws
from portable_azure.deploy.target import target as azure
from portable_gcp.deploy.target import target as gcp

HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0}
TICK = {"kind": "schedule", "expression": "0 3 * * *", "timezone": "UTC", "days": 1}


def function(name: str, trigger: dict[str, Any]) -> FunctionModel:
    return FunctionModel(name, "app", "handler", "app.py:1", False, trigger, (), ())


HOME, PAY = function("home", HTTP), function("pay", HTTP | {"path": "/pay"})
WORK, NIGHTLY = function("work", QUEUE), function("nightly", TICK)


def app(*functions: FunctionModel) -> AppModel:
    return AppModel("shop", functions, (), ("app",))


def options(isolate: object) -> Options:
    return Options("3.12", "x86_64", {} if isolate is None else {"isolate": isolate})


def told(target: Target, model: AppModel, isolate: object) -> list[Problem]:
    return problems(model, target, options(isolate))


@pytest.mark.parametrize("target", [aws, azure, gcp])
def test_a_name_that_is_no_function_and_a_value_that_is_no_list_are_refused_everywhere(target: Target) -> None:
    model = app(HOME, WORK)
    found = [problem for problem in told(target, model, ["work", "wrok"]) if problem.error]
    assert [problem.message for problem in found] == [
        f'[tool.portable.{target.name}] isolate names "wrok", which is no function of the app; it has home, work'
    ]
    for wrong in (7, "some", {"work": True}, [1]):
        errors = [problem.message for problem in told(target, model, wrong) if problem.error]
        assert errors == [f'[tool.portable.{target.name}] isolate = {wrong!r} must be "all" or a list of functions']
    assert told(target, model, None) == []


def test_names_are_those_of_the_app() -> None:
    assert isolated_names(app(HOME, WORK), {"isolate": ["work", "none"]}) == {"work"}
    assert isolated_names(app(HOME, WORK), {"isolate": "all"}) == {"home", "work"}
    assert isolated_names(app(HOME, WORK), {}) == frozenset()


def test_on_aws_it_is_needless_and_said_so() -> None:
    found = told(aws, app(HOME, WORK), ["work"])
    assert [(problem.error, "has no effect" in problem.message) for problem in found] == [(False, True)]


def test_on_azure_the_manifest_says_which_function_app_has_a_function_and_how_others_turn_it_off() -> None:
    model = app(HOME, PAY, WORK, NIGHTLY)
    assert told(azure, model, ["work"]) == []
    plan = azure.plan(model, options(["work"]))
    found = {item.name: (item.details.get("identity"), item.details["disabled_by"]) for item in plan.functions}
    assert found == {
        "home": (None, ["AzureWebJobs.home.Disabled", "AzureWebJobs.zz-portable-unknown.Disabled"]),
        "pay": (None, ["AzureWebJobs.pay.Disabled"]),
        "work": ("work", ["AzureWebJobs.work.Disabled"]),
        "nightly": (None, ["AzureWebJobs.nightly.Disabled"]),
    }
    assert all("disabled_by" not in item.details for item in azure.plan(model, options(None)).functions)


def test_on_azure_one_of_several_http_functions_cannot_be_apart() -> None:
    for isolate in (["pay"], "all"):
        found = told(azure, app(HOME, PAY, WORK), isolate)
        assert all(problem.error for problem in found)
        assert any("so pay cannot have its own" in problem.message for problem in found)
    assert told(azure, app(HOME, WORK), "all") == []
