"""A handler that streams is known when the app is read, and a target that sends its reply whole says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported

from portable.tooling.problems import problems
from portable.tooling.target import Options
from portable.tooling.targets import load_target

SOURCE = """
import portable
from portable import Response as Answer


@function(http.get("/plain"))
def plain(stream: str = "") -> Response:
    return Response.text(stream)


@function(http.get("/text"))
def text() -> str:
    return "Response.stream(…)"


@function(http.get("/pieces"))
def pieces() -> Response:
    return Response.stream(iter(["a"]))


@function(http.get("/events"))
async def events() -> Response:
    async def source():
        yield "a"

    return Answer.events(source())


@function(http.get("/inside"))
def inside() -> Response:
    def make() -> Response:
        return Response.stream(["a"], headers={"x": "y"})

    return make()
"""
STREAMED = ["pieces", "events", "inside"]


@pytest.mark.parametrize(
    ("name", "told"), [("aws", STREAMED), ("azure", STREAMED), ("container", []), ("gcp", []), ("openfaas", [])]
)
def test_a_stream_that_is_sent_whole_is_noted(tmp_path: Path, name: str, told: list[str]) -> None:
    with imported(tmp_path, SOURCE) as app:
        assert [function.name for function in app.functions if function.streams] == STREAMED
        target = load_target(name)
        options = Options(target.platform.pythons[-1], "x86_64", {})
        found = [problem for problem in problems(app, target, options) if problem.rule == "gathered"]
        assert [problem.message.partition(":")[0] for problem in found] == told
        assert all(problem.note and not problem.error and problem.where for problem in found)


@pytest.mark.parametrize(("imports", "noted"), [("StreamingResponse", True), ("JSONResponse as Stream", False)])
def test_a_mounted_app_whose_modules_name_a_streamed_response_is_told_of(
    tmp_path: Path, imports: str, noted: bool
) -> None:
    source = f"from starlette.responses import {imports}\nasync def app(scope, receive, send): ...\nweb = http.asgi('/', app)"
    with imported(tmp_path, source) as app:
        found = [
            p.text() for p in problems(app, load_target("aws"), Options("3.13", "x86_64", {})) if p.rule == "gathered"
        ]
    assert bool(found) is noted
    assert all("web: a reply of its app may be a stream" in text for text in found)
