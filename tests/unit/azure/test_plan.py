"""The Functions project that is planned for an app: routes, host.json, what is refused, and that it is indexed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hosts.azure_bundle import make_bundle, read_app
from hosts.azure_routing import HostRequest, find
from hosts.azure_routing import routes as host_routes
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import HTTPError
from portable.eventing.request import Request
from portable.eventing.routing import Route, RouteTable
from portable.tooling.model import AppModel, FunctionModel, Grant, ResourceModel
from portable.tooling.plan import Plan
from portable.tooling.routes import paths
from portable.tooling.target import Options
from portable_azure.deploy.host import clock
from portable_azure.deploy.routes import CATCH_ALL, UNKNOWN, Binding, bindings, template
from portable_azure.deploy.target import target

EVERYTHING = Path(__file__).parents[2] / "apps" / "everything"
OPTIONS = Options("3.13", "x86_64", {})


def http(name: str, path: str, method: str = "GET", **more: Any) -> FunctionModel:
    trigger = {"kind": "http", "path": path, "method": method, "cors": None, "max_body": 1000, "auth": None}
    return FunctionModel(
        name, "app", name, f"app.py:{len(name)}", more.pop("asynchronous", False), trigger, (), (), **more
    )


def made(name: str, trigger: dict[str, Any], **more: Any) -> FunctionModel:
    return FunctionModel(name, "app", name, "app.py:1", False, trigger, (), (), **more)


def app(*functions: FunctionModel, resources: tuple[ResourceModel, ...] = ()) -> AppModel:
    return AppModel("test", functions, resources, ("app",))


def host(functions: tuple[FunctionModel, ...]) -> tuple[tuple[Binding, ...], Any]:
    """Return the bindings of functions and the host's routes of them. Raises ValueError where the host would."""
    found = bindings(paths(functions))
    told = {
        b.function.name: [{"type": "httpTrigger", "name": "req", "route": b.route, "methods": list(b.methods)}]
        for b in found
    }
    told[UNKNOWN] = [{"type": "httpTrigger", "name": "req", "route": CATCH_ALL}]
    return found, host_routes(told)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/photos", "photos"),
        ("/photos/{name}", "photos/{name}"),
        ("/photos/{name}/raw/", "photos/{name}/raw/"),
        ("/files/{path:path}", "files/{*path}"),
        ("/{rest:path}", "{*rest}"),
        ("/caf%C3%A9", "{literal0}"),
        ("/~me/a.b-c_d", "{literal0}/a.b-c_d"),
        ("/a//b/{x}", "a/{*literal1}"),
        ("/{req}/{Query}/{a}/{A}", "{p0_0}/{p0_1}/{a}/{p0_3}"),
    ],
)
def test_a_path_becomes_a_route_of_the_host(path: str, route: str) -> None:
    assert template(path) == route


def test_the_first_function_of_a_path_gets_the_methods_nobody_takes() -> None:
    found, _ = host((http("upload", "/p/{x}", "PUT"), http("download", "/p/{x}", "GET")))
    methods = {binding.function.name: binding.methods for binding in found}
    assert methods == {"upload": ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"), "download": ("GET", "HEAD")}


def test_a_function_for_any_method_gets_them_wherever_it_stands() -> None:
    found, _ = host((http("one", "/p", "PUT"), http("rest", "/p", "*")))
    assert {b.function.name: len(b.methods) for b in found} == {"one": 1, "rest": 6}


@pytest.mark.parametrize(
    "functions",
    [
        (http("lower", "/a/b"), http("upper", "/A/b")),
        (http("bare", "/a"), http("slash", "/a/")),
        (http("one", "/administration"), http("two", "/administer"), http("three", "/runtimes/x")),
        (http("one", "/Caf%C3%A9"), http("two", "/caf%C3%A9")),
    ],
)
def test_paths_that_the_host_cannot_tell_apart_each_reach_their_function(functions: tuple[FunctionModel, ...]) -> None:
    _, routes = host(functions)
    for function in functions:
        path = function.trigger["path"]
        assert answered(functions, routes, "GET", path) == function.name


def answered(functions: tuple[FunctionModel, ...], routes: Any, method: str, path: str) -> Any:
    """Return the function a request reaches, or the status of our own answer; the host must not answer itself."""
    assert find(routes, HostRequest(method, path, [], b"")) is not None, f"the host itself answers {method} {path}"
    return asked(functions, method, path)


def asked(functions: tuple[FunctionModel, ...], method: str, path: str) -> Any:
    table = RouteTable(
        [
            (p.template, {f.trigger["method"]: Route(f.name, lambda request, context: None, 1000) for f in p.functions})
            for p in paths(functions)
        ]
    )
    try:
        found = table.find(Request(method, path))[1]
    except HTTPError as error:
        return error.status
    return 204 if found is None else found.function


SEGMENT = st.sampled_from(["a", "A", "b", "x1", "admin2", "runtime", "{x}", "{y}", "caf%C3%A9", "~", "", "{r:path}"])
PATHS = st.lists(SEGMENT, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))


@given(
    st.lists(st.tuples(PATHS, st.sampled_from(["GET", "PUT", "*"])), min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from(["a", "A", "b", "admin2", "%41", "z%2Fz", ""]), max_size=3),
    st.sampled_from(["GET", "HEAD", "PUT", "POST", "OPTIONS", "DELETE", "TRACE"]),
)
def test_no_request_is_answered_by_the_host_itself(declared: list[Any], parts: list[str], method: str) -> None:
    functions = tuple(
        http(f"fun{index}", path, verb)
        for index, (path, verb) in enumerate(declared)
        if path.count("{x}") < 2 and path.count("{y}") < 2 and "{r:path}" not in path.split("/")[:-1]
    )
    _, routes = host(functions)
    answered(functions, routes, method, "/" + "/".join(parts))


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
    compile(plan.files["function_app.py"], "function_app.py", "exec")
    assert ("portable_azure.runtime.eventing" in plan.runtime) == bool(options.get("dead_letter"))


def test_what_a_kind_of_resource_needs_is_required_only_where_it_is_used() -> None:
    plain = target.plan(app(http("web", "/x")), OPTIONS)
    assert plain.requirements == ("azure-functions>=1.23",)
    assert plain.runtime == ()
    stored = replace(http("web", "/x"), grants=(Grant("box", "bucket", ("get",)),))
    assert target.plan(app(stored), OPTIONS).requirements == ("azure-functions>=1.23", "obstore>=0.12,<0.13")
    zoned = made("night", {"kind": "schedule", "expression": "0 3 * * *", "timezone": "Europe/Berlin", "days": 1})
    assert "tzdata>=2024.1" in target.plan(app(zoned), OPTIONS).requirements


@pytest.mark.parametrize(
    ("found", "text", "error"),
    [
        (app(http("host", "/x")), 'cannot be called "host"', True),
        (app(http(UNKNOWN, "/x")), "the name is taken", True),
        (app(http("web", "/x", memory=5000)), "memory=5000", True),
        (app(http("web", "/x", timeout=231)), "within 230 s", False),
        (app(queue("one", backoff=5.0), queue("two")), "5 s, the longest backoff", False),
        (app(queue("job"), resources=(ResourceModel("queue", "jobs", {"ordered": True}),)), "cannot be ordered", True),
        (
            app(queue("job"), resources=(ResourceModel("queue", "jobs", {"deduplicated": True}),)),
            "cannot be deduplicated",
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
    [problem] = target.check(found, OPTIONS)
    assert text in problem.message
    assert problem.error is error
    assert problem.where is not None or "longest" in text


def test_an_app_of_this_target_has_no_gap() -> None:
    assert target.check(read_app(EVERYTHING, "everything"), OPTIONS) == []


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    folder = tmp_path_factory.mktemp("azure") / "bundle"
    return make_bundle(EVERYTHING, "everything", folder), folder


INDEX = """
import json, sys
sys.path.append(".")
import function_app
found = {}
for function in function_app._app.get_functions():
    found[function.get_function_name()] = json.loads(function.get_function_json())["bindings"]
print(json.dumps(found))
"""


def test_azure_functions_indexes_one_function_per_declared_one(bundle: tuple[Plan, Path]) -> None:
    plan, folder = bundle
    done = subprocess.run([sys.executable, "-B", "-c", INDEX], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == {function.name for function in plan.functions} | {UNKNOWN}
    for function in plan.functions:
        assert found[function.name][0]["type"] == function.details["type"]
    host_routes(found)
    assert found["work"][0]["queueName"] == "%PORTABLE_FEED_JOBS%"
    assert found["tick"][0]["schedule"] == "0 0,5,10,15,20,25,30,35,40,45,50,55 * * * *"
    assert found["echo"][0]["route"] == "echo/{*path}"


def test_the_doctor_loads_the_project_and_names_what_it_found(bundle: tuple[Plan, Path]) -> None:
    _, folder = bundle
    [command] = target.doctor(folder, sys.executable)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "function_app.py loads: " in done.stdout
    assert "work (queueTrigger)" in done.stdout


def test_the_doctor_shows_the_traceback_of_the_app(bundle: tuple[Plan, Path], tmp_path: Path) -> None:
    _, folder = bundle
    broken = tmp_path / "bundle"
    broken.mkdir()
    for item in folder.iterdir():
        (broken / item.name).symlink_to(item)
    (broken / "app.py").unlink()
    (broken / "app.py").write_text("raise RuntimeError('the app is at fault')\n")
    done = subprocess.run(
        target.doctor(broken, sys.executable)[0], cwd=broken, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError: the app is at fault" in done.stderr
