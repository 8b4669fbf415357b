"""What is imported at a cold start: only what a call needs, and nothing that costs more than it gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported

import portable
import portable_aws
from portable.tooling.entry.call_source import module_name
from portable.tooling.entry.parts import assemble
from portable.tooling.entry.routes import paths
from portable_aws.deploy.shim import entry

ROOTS = sorted({str(Path(portable.__file__).parents[1]), str(Path(portable_aws.__file__).parents[1])})
HEAVY = {
    "asyncio",
    "dataclasses",
    "datetime",
    "decimal",
    "email",
    "hashlib",
    "inspect",
    "msgspec",
    "obstore",
    "pydantic",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "typing",
    "urllib.parse",
    "uuid",
    "zoneinfo",
}
LIGHT = {
    "__future__",
    "_contextvars",
    "binascii",
    "gc",
    "importlib",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
}
"""Standard modules a call may import beyond what the Lambda runtime client has imported anyway."""


def loaded(code: str, *paths: str) -> set[str]:
    """Return the modules a fresh interpreter without site-packages has imported after a piece of code."""
    script = (
        f"import sys; sys.path[:0] = {[*paths, *ROOTS]!r}\n"
        "import json, logging, re, enum, types, functools, time, os; before = set(sys.modules)\n"
        f"{code}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_portable_loads_one_module() -> None:
    assert loaded("import portable") == {"portable", "__future__"}


SOURCE = """
from portable import function, http, schedule, Bucket, Queue, Topic, Retry, Response, Request

photos = Bucket("photos")
jobs = Queue("jobs")

@function(http.get("/hello/{name}", cors="*"), retry=None)
def hello(name: str, q: int = 0) -> dict[str, object]:
    return {"hello": name, "q": q}

@function(http.get("/plain/{name}"))
def plain(name: str) -> dict[str, object]:
    return {"hello": name}
"""


PLAIN = """
@function(http.get("/plain/{name}"))
def plain(name: str) -> dict[str, object]:
    return {"hello": name}
"""


def written(tmp_path: Path, name: str) -> tuple[str, str]:
    """Write the AWS entry of a function beside its app; return the module's name and the folder."""
    with imported(tmp_path, SOURCE, head="") as app:
        function = next(function for function in app.functions if function.name == name)
        folder = tmp_path / function.module
        http = {path.template: path for path in paths(app.http())}
        (folder / f"{module_name(function)}.py").write_text(assemble(entry(function, http)))
        return module_name(function), str(folder)


EVENT = """
class Context:
    aws_request_id = "1"
    def get_remaining_time_in_millis(self): return 1000
event = {"version": "2.0", "rawPath": "/hello/x", "rawQueryString": "", "headers": {"origin": "https://a.example"},
         "requestContext": {"http": {"method": "GET", "path": "/", "sourceIp": "1"}, "stage": "$default"}}
assert handler(event, Context())["statusCode"] == 200
"""


@pytest.mark.parametrize("name", ["hello", "plain"])
def test_an_aws_http_function_imports_only_our_light_modules(tmp_path: Path, name: str) -> None:
    module, folder = written(tmp_path, name)
    call = f"from {module} import handler" + EVENT.replace("/hello/", f"/{name}/")
    modules = loaded(call, folder)
    assert not modules & HEAVY, sorted(modules & HEAVY)
    foreign = {found for found in modules if not found.startswith(("portable", "entry_", "written_app"))}
    assert foreign <= LIGHT, sorted(foreign)


OWN = {
    "portable",
    "portable.base",
    "portable.base.logs",
    "portable.base.values",
    "portable.compute",
    "portable.compute.context",
    "portable.compute.dispatch",
    "portable.compute.function",
    "portable.eventing",
    "portable.eventing.http",
    "portable.eventing.request",
    "portable.eventing.response",
    "portable.eventing.routing",
    "portable_aws",
    "portable_aws.runtime",
    "portable_aws.runtime.context",
    "portable_aws.runtime.http",
}
"""Everything of ours that a plain HTTP function imports from its start to its first reply. Each costs 20 to 60 us."""


def test_a_plain_http_function_imports_these_modules_of_ours_and_no_other(tmp_path: Path) -> None:
    source = "from portable import function, http\n" + PLAIN
    with imported(tmp_path, source, head="") as app:
        (function,) = app.functions
        folder = tmp_path / function.module
        http = {path.template: path for path in paths(app.http())}
        (folder / f"{module_name(function)}.py").write_text(assemble(entry(function, http)))
    call = f"from {module_name(function)} import handler" + EVENT.replace("/hello/", "/plain/")
    assert {found for found in loaded(call, str(folder)) if found.startswith("portable")} == OWN


def test_what_ships_for_http_is_little(tmp_path: Path) -> None:
    module, folder = written(tmp_path, "plain")
    ours = {found for found in loaded(f"import {module}", folder) if found.startswith("portable")}
    assert not any(part in found for found in ours for part in ("tooling", "signature", "deploy", "testing"))
    assert len(ours) <= 25, sorted(ours)


@pytest.mark.parametrize("kind", ["schedule", "objects", "messages", "http"])
def test_no_runtime_module_of_aws_imports_a_third_party(kind: str) -> None:
    modules = loaded(f"import portable_aws.runtime.{kind}")
    assert not modules & {"msgspec", "obstore", "boto3", "botocore", "pydantic", "asyncio", "inspect", "dataclasses"}


AWAITED = """
import logging
from portable import function, http

@function(http.get("/plain/{name}"))
def plain(name: str) -> dict[str, object]:
    return {"hello": name}

@function(http.post("/plain/{name}"))
async def other(name: str) -> dict[str, object]:
    import asyncio

    await asyncio.to_thread(logging.warning, "in a thread")
    return {"hello": name}
"""


@pytest.mark.parametrize("name", ["plain", "other"])
def test_a_thread_of_an_async_function_knows_its_call(tmp_path: Path, name: str) -> None:
    """Also of one that another function's entry loads at its first request."""
    with imported(tmp_path, AWAITED, head="") as app:
        http = {path.template: path for path in paths(app.http())}
        for function in app.functions:
            folder = tmp_path / function.module
            (folder / f"{module_name(function)}.py").write_text(assemble(entry(function, http)))
    post = EVENT.replace("/hello/", "/plain/").replace('"GET"', '"POST"')
    script = f"import sys; sys.path[:0] = {[str(folder), *ROOTS]!r}\nfrom entry_{name} import handler{post}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True)
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (line["message"], line["requestId"], line["function"]) == ("in a thread", "1", "other")
