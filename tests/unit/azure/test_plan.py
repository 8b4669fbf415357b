"""The Functions project that is planned for an app: routes, host.json, what is refused, and that it is indexed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from unit.azure.azure_models import app, http, made

from portable.tooling.app.model import AppModel, FunctionModel, Grant, ResourceModel
from portable.tooling.app.needs import needs
from portable.tooling.problems import problems
from portable.tooling.shipped import drivers_of, requirements_of
from portable.tooling.target import Options
from portable_azure.deploy.host import clock
from portable_azure.deploy.routes import UNKNOWN
from portable_azure.deploy.target import target

EVERYTHING = Path(__file__).parents[2] / "apps" / "everything"
OPTIONS = Options("3.13", "x86_64", {})


def host_json(*functions: FunctionModel) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(target.plan(app(*functions), OPTIONS).files["host.json"])
    return found


def queue(name: str, **more: Any) -> FunctionModel:
    return made(name, {"kind": "queue", "queue": f"{name}s", "batch": 1, "window": 0}, **more)


def test_host_json_has_no_prefix_and_the_largest_timeout_and_attempts() -> None:
    found = host_json(http("web", "/x", timeout=90), queue("job", attempts=5, backoff=30.0), queue("other", attempts=2))
    assert found["version"] == "2.0"
    assert found["functionTimeout"] == "00:01:30"
    assert found["extensions"]["http"] == {"routePrefix": ""}
    assert found["extensions"]["queues"] == {
        "messageEncoding": "none",
        "maxDequeueCount": 7,
        "visibilityTimeout": "00:00:30",
    }
    assert found["extensionBundle"]["id"] == "Microsoft.Azure.Functions.ExtensionBundle"
    assert clock(7322) == "02:02:02"


OBJECT = {"kind": "object", "bucket": "box", "event": "created", "prefix": "", "suffix": ""}


@pytest.mark.parametrize(
    ("options", "trigger"),
    [
        ({}, "eventGridTrigger"),
        ({"attempts": 30}, "eventGridTrigger"),
        ({"attempts": 31}, "queueTrigger"),
        ({"dead_letter": True}, "queueTrigger"),
    ],
)
def test_bucket_events_take_the_road_that_keeps_what_the_function_asks(options: Any, trigger: str) -> None:
    plan = target.plan(app(made("index", OBJECT, **options)), OPTIONS)
    assert plan.functions[0].details["type"] == trigger
    compile(plan.generated()["function_app.py"], "function_app.py", "exec")
    drivers = drivers_of(target, needs(plan.app))
    assert ("portable_azure.runtime.eventing" in drivers) == bool(options.get("dead_letter"))


def test_what_a_kind_of_resource_needs_is_required_only_where_it_is_used() -> None:
    plain = needs(app(http("web", "/x")))
    assert requirements_of(target, plain) == ("azure-functions>=1.26",)
    assert drivers_of(target, plain) == ()
    stored = needs(app(replace(http("web", "/x"), grants=(Grant("box", "bucket", ("get",)),))))
    assert requirements_of(target, stored) == ("azure-functions>=1.26", "obstore>=0.12,<0.13")
    zoned = made("night", {"kind": "schedule", "expression": "0 3 * * *", "timezone": "Europe/Berlin", "days": 1})
    assert "tzdata>=2024.1" in target.plan(app(zoned), OPTIONS).requirements


@pytest.mark.parametrize(
    ("found", "text", "error"),
    [
        (app(http("host", "/x")), 'the function "host": the host', True),
        (app(http(UNKNOWN, "/x")), "function for unknown paths", True),
        (app(http("web", "/x", memory=5000)), "memory=5000", True),
        (app(http("web", "/x", timeout=231)), "after 230 s", False),
        (app(queue("one", backoff=5.0), queue("two")), "5 s, the longest one", False),
        (
            app(queue("job"), resources=(ResourceModel("queue", "jobs", {"ordered": True}),)),
            "a storage queue keeps no order; AWS and Google",
            True,
        ),
        (
            app(queue("job"), resources=(ResourceModel("queue", "jobs", {"deduplicated": True}),)),
            "a storage queue does not deduplicate; AWS does",
            True,
        ),
        (
            app(
                made(
                    "night",
                    {"kind": "schedule", "expression": "0 3 * * *", "timezone": "UTC", "days": 1},
                    dead_letter=True,
                )
            ),
            "no dead letters",
            False,
        ),
    ],
)
def test_a_gap_is_named_with_its_place(found: AppModel, text: str, error: bool) -> None:
    [problem] = problems(found, target, OPTIONS)
    assert text in problem.message
    assert problem.error is error
    assert problem.where is not None
    assert problem.instead


def test_a_module_that_the_worker_would_not_find_is_named() -> None:
    found = AppModel("test", (http("web", "/x"),), (), ("app", "calendar", "function_app.x"))
    assert [(p.error, p.where) for p in problems(found, target, OPTIONS)] == [
        (True, "function_app/__init__.py:1"),
        (False, "calendar.py:1"),
    ]
