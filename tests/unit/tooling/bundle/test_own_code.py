"""How much of our own code an artifact carries: nothing that its functions cannot reach, and few bytes."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported

from portable.tooling.app.needs import needs
from portable.tooling.bundle.compiling import IMPORTER, one_file
from portable.tooling.bundle.runtime_modules import runtime_modules
from portable.tooling.cache import Cache
from portable.tooling.entry.call_source import module_name
from portable.tooling.entry.parts import assemble
from portable.tooling.entry.routes import paths
from portable.tooling.shipped import left_out
from portable_aws.deploy.shim import entry
from portable_aws.deploy.target import target as aws

PLAIN = """
@function(http.get("/hello/{name}"))
def hello(name: str) -> dict[str, str]:
    return {"hello": name}
"""
WHOLE = """
@function(http.post("/hello"))
def hello(request: Request) -> dict[str, str]:
    return {"hello": request.form().text("name")}
"""
TEXT = """
@function(http.post("/hello"))
def hello(body: str) -> str:
    return body
"""
TYPED = """
from dataclasses import dataclass

@dataclass
class Order:
    sku: str

@function(http.post("/orders"))
def order(body: Order) -> str:
    return body.sku
"""


def shipped(tmp_path: Path, source: str) -> dict[str, bytes]:
    """Return the modules of ours that ship on AWS with an app of one HTTP function."""
    names = "Request, function, http" if "Request" in source else "function, http"
    source = f"from portable import {names}\n{source}"
    with imported(tmp_path, source, head="") as app:
        http = {path.template: path for path in paths(app.http())}
        sources = {"app.py": source.encode()}
        for function in app.functions:
            sources[f"{module_name(function)}.py"] = assemble(entry(function, http)).encode()
        needed = needs(app)
    return runtime_modules(
        sources, (IMPORTER,), left_out(aws, needed, sources), ("portable", "portable_aws"), Cache(tmp_path)
    ).files


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        (PLAIN, set()),
        (WHOLE, {"forms", "content", "payload"}),
        (TEXT, {"forms", "content", "payload"}),
        (TYPED, {"payload", "typed_payload"}),
    ],
)
def test_only_the_readers_of_a_body_that_a_handler_can_reach_ship(
    tmp_path: Path, source: str, reached: set[str]
) -> None:
    names = {Path(path).stem for path in shipped(tmp_path, source)}
    assert names & {"forms", "content", "payload", "typed_payload", "moments", "codec", "cron", "envelope"} == reached
    assert ("codec_msgspec" in names) == ("typed_payload" in reached)


LATE = {"http_markers", "http_group", "http_errors"}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", set()),
        ("A = http.Header('x')", {"http_markers"}),
        ("G = http.group('/v1')", {"http_group"}),
        ("from portable import http as h; G = h.group('/v1')", {"http_group"}),
        ("import portable; G = portable.http.group('/v1'); M = portable.http.Cookie", {"http_group", "http_markers"}),
        ("from portable.eventing.http import errors, Cookie", {"http_errors", "http_markers"}),
        ("from portable.eventing.http import *", LATE),
        ("class Other: group = 1\nN = Other.group", set()),
    ],
)
def test_what_http_imports_late_ships_with_what_names_it(tmp_path: Path, line: str, found: set[str]) -> None:
    names = {Path(path).stem for path in shipped(tmp_path, f"{PLAIN}\n{line}\n")}
    assert names & LATE == found
    assert "cors" in names


@pytest.mark.parametrize(("source", "most"), [(PLAIN, 51_000), (WHOLE, 57_500)])
def test_one_http_function_carries_little_of_ours(tmp_path: Path, source: str, most: int) -> None:
    (made,) = one_file(shipped(tmp_path, source)).values()
    assert len(zlib.compress(made, 9)) <= most


def test_what_auth_takes_ships_where_the_app_names_it(tmp_path: Path) -> None:
    unused = 'tokens = http.jwt("https://id.example", "orders")\n' + PLAIN
    keys = PLAIN.replace('"))', '", auth=http.api_key(Secret("keys"))))')
    names = {Path(path).stem for path in shipped(tmp_path, PLAIN)}
    assert not {name for name in names if name.startswith("auth") or name == "principal"}
    assert "auth" in {Path(path).stem for path in shipped(tmp_path, unused)}
    found = {Path(path).stem for path in shipped(tmp_path, "from portable import Secret\n" + keys)}
    assert {name for name in found if name.startswith("auth")} == {"auth", "auth_keys", "auth_refused"}


def test_metrics_ship_where_anything_gets_its_context(tmp_path: Path) -> None:
    counted = "from portable import Context\n" + PLAIN.replace("name: str", "name: str, context: Context")
    assert "metrics" not in {Path(path).stem for path in shipped(tmp_path, PLAIN)}
    assert sorted(path for path in shipped(tmp_path, counted) if path.endswith("metrics.py")) == [
        "portable/compute/metrics.py",
        "portable_aws/runtime/metrics.py",
    ]


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        ("", set()),
        ("return Response.stream([name])", {"streaming", "stream_sources"}),
        ("return Response.events([name])", {"streaming", "stream_sources", "server_events"}),
        ("return Response.text(name).conditional(None)", {"streaming", "stream_sources", "sent_parts", "conditions"}),
    ],
)
def test_what_a_method_of_a_response_needs_ships_where_a_source_names_it(
    tmp_path: Path, line: str, reached: set[str]
) -> None:
    source = "from portable import Response\n" + PLAIN.replace("    return", f"    {line}\n    return")
    names = {Path(path).stem for path in shipped(tmp_path, source)}
    assert names & {"streaming", "stream_sources", "server_events", "sent_parts", "conditions"} == reached


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        ("web = http.asgi('/', lambda *given: None)", {"streaming", "stream_sources"}),
        ("web = http.wsgi('/', lambda *given: None)", {"streaming", "stream_sources"}),
        ("docs = http.openapi()", {"streaming", "stream_sources", "sent_parts", "conditions"}),
    ],
)
def test_what_answers_for_a_declared_value_ships_whole(tmp_path: Path, line: str, reached: set[str]) -> None:
    names = {Path(path).stem for path in shipped(tmp_path, f"{PLAIN}\n{line}\n")}
    assert names & {"streaming", "stream_sources", "sent_parts", "conditions"} == reached
    assert "forms" not in names or "docs" not in line
