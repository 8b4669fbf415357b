"""Routes of the host: each request that our table answers comes to one of our functions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from unit.azure.azure_models import http

from portable.errors import HTTPError
from portable.eventing.request import Request
from portable.eventing.routing import Route, RouteTable
from portable.tooling.app.model import Code, FunctionModel, MountModel
from portable.tooling.entry.routes import paths
from portable_azure.deploy.routes import CATCH_ALL, METHODS, UNKNOWN, Binding, bindings, template
from portable_azure.testing.hosted.azure_routing import HostRequest, decoded_path, find
from portable_azure.testing.hosted.azure_routing import routes as host_routes


def host(functions: tuple[FunctionModel, ...]) -> tuple[tuple[Binding, ...], Any]:
    """Return the bindings of functions and the host's routes of them. Raises ValueError where the host would."""
    found = bindings(paths(functions))
    told = {
        b.function.name: [{"type": "httpTrigger", "name": "req", "route": b.route, "methods": list(b.methods)}]
        for b in found
    }
    told[UNKNOWN] = [{"type": "httpTrigger", "name": "req", "route": CATCH_ALL}]
    return found, host_routes(told)


def test_a_mounted_app_has_one_trigger_and_the_host_tries_it_for_what_the_paths_below_do_not_have() -> None:
    mount = MountModel("asgi", "/shop", Code("", home=("shop", "app")))
    shop = replace(http("shop", "/shop/{path:path}", "*"), mount=mount)
    functions = (http("item", "/shop/{name}", "GET"), shop, http("other", "/other", "GET"))
    found, routes = host(functions)
    assert [(b.function.name, b.route, b.methods) for b in found if b.function.name != "other"] == [
        ("item", "shop/{name}", ("GET", "HEAD")),
        ("shop", "shop/{*path}", METHODS),
    ]
    sent = [("GET", "/shop/a"), ("POST", "/shop/a"), ("GET", "/shop"), ("PUT", "/shop/"), ("GET", "/shopping")]
    reached = [find(routes, HostRequest(method, path, [], b"")) for method, path in sent]
    assert [entry and entry[0].function for entry in reached] == ["item", "shop", "shop", "shop", UNKNOWN]


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


@pytest.mark.parametrize(
    ("sent", "decoded"),
    [
        ("/caf%C3%A9/%FF@%E2%82%AC", "/café/%FF@€"),
        ("/a%2fb%252F", "/a%2fb%2F"),
        ("/%C3%A9%fF%C3%A9%c3", "/é%fFé%c3"),
        ("/x%zz%2", "/x%zz%2"),
        ("/%E2%82/%ED%A0%80", "/%E2%82/%ED%A0%80"),
    ],
)
def test_the_host_leaves_only_the_escapes_alone_that_are_not_utf8(sent: str, decoded: str) -> None:
    assert decoded_path(sent) == decoded
