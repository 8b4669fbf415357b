"""What Google Cloud cannot do for an app is named, and the generated entries are what their functions need."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from portable.tooling.app.model import AppModel, FunctionModel, Grant, ResourceModel
from portable.tooling.app.needs import needs
from portable.tooling.problems import problems
from portable.tooling.shipped import drivers_of, requirements_of
from portable.tooling.target import Options
from portable_gcp.deploy.target import target

OPTIONS = Options("3.12", "x86_64", {})
HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0}


def cron(expression: str, days: int = 1) -> dict[str, Any]:
    return {"kind": "schedule", "expression": expression, "timezone": "Europe/Berlin", "days": days}


def function(name: str, trigger: dict[str, Any], **more: Any) -> FunctionModel:
    return FunctionModel(name, "app", "handler", "app.py:1", False, trigger, (), more.pop("grants", ()), **more)


def app(
    *functions: FunctionModel, resources: tuple[ResourceModel, ...] = (), modules: tuple[str, ...] = ("app",)
) -> AppModel:
    return AppModel("shop", functions, resources, modules)


def test_every_http_function_is_the_target_http_and_every_event_function_its_own() -> None:
    plan = target.plan(
        app(function("home", HTTP), function("work-hard", QUEUE), function("nightly", cron("0 3 * * *"))), OPTIONS
    )
    assert [(one.name, one.entry) for one in plan.functions] == [
        ("home", "http"),
        ("work-hard", "work_hard"),
        ("nightly", "nightly"),
    ]
    assert sorted(plan.generated()) == ["entry_http.py", "entry_nightly.py", "entry_work_hard.py", "main.py"]
    assert plan.dependencies is None
    assert plan.requirements == ()
    for source in plan.generated().values():
        ast.parse(source)


@pytest.mark.parametrize(
    ("isolate", "names"),
    [
        (["pay"], {"home": "http", "http": "http", "pay": "pay", "work": "work"}),
        ("all", {"home": "home", "http": "ownHttp", "pay": "pay", "work": "work"}),
    ],
)
def test_an_isolated_function_is_a_target_of_its_own(isolate: Any, names: dict[str, str]) -> None:
    functions = [function(name, HTTP | {"path": f"/{name}"}) for name in ("home", "http", "pay")]
    options = Options("3.12", "x86_64", {"isolate": isolate})
    plan = target.plan(app(*functions, function("work", QUEUE)), options)
    assert {one.name: one.entry for one in plan.functions} == names
    assert sorted(plan.generated()) == sorted({"main.py", *(f"entry_{entry}.py" for entry in names.values())})
    assert "'/pay'" in plan.generated()["entry_pay.py"]
    assert "'/home'" not in plan.generated()["entry_pay.py"]


@pytest.mark.parametrize("name", ["http", "lambda", "annotations", "class", "import-all"])
def test_a_function_may_have_any_name(name: str) -> None:
    plan = target.plan(app(function("home", HTTP), function(name, QUEUE)), OPTIONS)
    entry = plan.functions[1].entry
    assert entry != "http"
    assert entry.isidentifier()
    ast.parse(plan.generated()[f"entry_{entry}.py"])


def test_the_file_of_targets_moves_when_the_app_has_a_module_main() -> None:
    plan = target.plan(app(function("home", HTTP), modules=("main",)), OPTIONS)
    assert "portable_main.py" in plan.generated()
    assert "main.py" not in plan.generated()
    assert plan.functions[0].details["source"] == "portable_main.py"
    assert "GOOGLE_FUNCTION_SOURCE=portable_main.py" in plan.notes[0]


def test_requirements_are_the_clients_of_what_is_used() -> None:
    grants = tuple(Grant("name", kind, ("act",)) for kind in ("bucket", "secret", "queue"))
    shop = app(function("work", QUEUE, grants=grants, dead_letter=True))
    assert [name.partition(">")[0] for name in requirements_of(target, needs(shop))] == [
        "functions-framework",
        "google-cloud-pubsub",
        "google-cloud-secret-manager",
        "obstore",
    ]
    assert drivers_of(target, needs(shop)) == (
        "portable_gcp.runtime.eventing",
        "portable_gcp.runtime.settings",
        "portable_gcp.runtime.storage",
    )
    assert '_drivers = _Drivers("portable_gcp.runtime")' in target.plan(shop, OPTIONS).generated()["entry_work.py"]


@pytest.mark.parametrize("event", ["created", "deleted"])
def test_bucket_events_ask_for_a_notification(event: str) -> None:
    trigger = {"kind": "object", "bucket": "photos", "event": event, "prefix": "in/", "suffix": ".jpg"}
    details = target.plan(app(function("index", trigger)), OPTIONS).functions[0].details
    assert details["notification"] == {
        "event_type": {"created": "OBJECT_FINALIZE", "deleted": "OBJECT_DELETE"}[event],
        "object_name_prefix": "in/",
        "payload_format": "JSON_API_V1",
    }


@pytest.mark.parametrize(
    "expression", ["0 3 * * MON-FRI", "0 0 13 * FRI", "*/5 * * * *", "0 12 */2 * 1", "30 4 1,15 * 5", "0 0 * * 7"]
)
def test_every_unix_cron_expression_passes(expression: str) -> None:
    assert target.check(app(function("nightly", cron(expression))), OPTIONS) == []


def test_what_pubsub_cannot_do_is_named() -> None:
    queue = ResourceModel("queue", "jobs", {"ordered": True, "delayed": True, "deduplicated": True})
    slow = function("work", QUEUE | {"batch": 10}, timeout=700)
    found = problems(app(slow, function("home", HTTP, timeout=900), resources=(queue,)), target, OPTIONS)
    told = {problem.message.partition(":")[0] + (" error" if problem.error else ""): problem for problem in found}
    assert sorted(told) == [
        'Queue("jobs", deduplicated=True) error',
        'Queue("jobs", delayed=True) error',
        "work",
        "work error",
    ]
    assert "timeout=700 is too long" in told["work error"].message
    assert told["work"].where == "app.py:1"


def gaps_of(*functions: FunctionModel, resources: tuple[ResourceModel, ...] = (), **table: Any) -> list[str]:
    found = target.check(app(*functions, resources=resources), Options("3.12", "x86_64", table))
    assert not any(problem.error for problem in found)
    return [problem.message for problem in found]


def test_tables_of_one_app_share_their_permissions_which_is_named() -> None:
    tables = tuple(ResourceModel("table", name, {}) for name in ("notes", "seen"))
    assert gaps_of(function("home", HTTP), resources=tables[:1]) == []
    (message,) = gaps_of(function("home", HTTP), resources=tables)
    assert "notes, seen are in one Firestore database" in message


def test_a_reader_of_a_queue_that_pushes_is_told_that_it_cannot_pull() -> None:
    reader = function("look", HTTP, grants=(Grant("jobs", "queue", ("count", "peek", "redrive")),))
    assert gaps_of(reader) == []
    (message,) = gaps_of(reader, function("work", QUEUE))
    assert 'peek and redrive of the queue "jobs" fail' in message


def test_concurrency_is_kept_by_a_service_of_its_own() -> None:
    limited = function("pay", HTTP, concurrency=2)
    assert "the HTTP functions share one service" in gaps_of(limited)[0]
    assert gaps_of(limited, isolate=["pay"]) == []
    assert gaps_of(function("work", QUEUE, concurrency=2)) == []
