"""What the engines of a container cannot do is named with its place, and what the image is built from follows the settings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, STREAM, app, function

from portable.tooling.app.model import Parameter, ResourceModel
from portable.tooling.problems import problems
from portable.tooling.target import Options, Problem
from portable_container.deploy.target import target


def found(*functions: Any, resources: tuple[ResourceModel, ...] = (), **table: Any) -> list[Problem]:
    return problems(app(*functions, resources=resources), target, Options("3.12", "x86_64", table))


RECORDS = (Parameter("records", "event", "list[Record]"),)


@pytest.mark.parametrize(
    ("declared", "told", "error"),
    [
        (function("own", HTTP | {"path": "/_portable/live"}), "never reaches the function", True),
        (function("all", HTTP, concurrency=5), "concurrency=5 is not kept", False),
        (function("some", QUEUE, concurrency=5), "in each process of the role work", False),
        (function("many", QUEUE | {"batch": 10}), "batch=10 has no effect", False),
        (replace(function("list", STREAM), parameters=RECORDS), "always has one record", False),
        (function("index", OBJECT), "its store sends its notifications", False),
    ],
)
def test_each_gap_has_its_place(declared: Any, told: str, error: bool) -> None:
    [problem] = found(declared)
    assert (told in problem.message, problem.where, problem.error) == (True, "app.py:1", error)
    assert problem.instead


def test_a_queue_that_is_delayed_and_deduplicated_is_refused_and_one_of_both_is_not() -> None:
    for options, refused in (
        ({"delayed": True}, 0),
        ({"deduplicated": True}, 0),
        ({"delayed": True, "deduplicated": True}, 1),
    ):
        told = found(function("work", QUEUE), resources=(ResourceModel("queue", "jobs", options),))
        assert [(one.error, one.where) for one in told] == [(True, "app.py:1")] * refused


def test_an_isolated_function_cannot_have_the_name_of_a_role() -> None:
    assert found(function("work", QUEUE)) == []
    [problem] = found(function("work", QUEUE), isolate="all")
    assert (problem.error, "an identity of the image already" in problem.message) == (True, True)


def test_functions_that_one_process_may_run_agree_on_their_environment() -> None:
    pair = [function("home", HTTP, environment=(("MODE", "a"),)), function("work", QUEUE, environment=(("MODE", "b"),))]
    assert ["MODE has another value" in one.message for one in found(*pair)] == [True]


def test_functions_of_a_role_share_its_memory() -> None:
    pair = [function("small", QUEUE, memory=128), function("large", OBJECT, line=2, memory=512)]
    told = [one for one in found(*pair) if one.rule == "memory"]
    assert [(one.where, one.note, "that of the role work" in one.message) for one in told] == [("app.py:2", True, True)]
    assert not [one for one in found(*pair, isolate=["large"]) if one.rule == "memory"]


@pytest.mark.parametrize("base", [3, "", "a b", "x\nRUN y", "${X}"])
def test_the_name_of_a_base_image_cannot_be_more_than_a_name(base: Any) -> None:
    assert [(one.key, one.error) for one in found(function("home", HTTP), base=base)] == [("base", True)]


def test_the_image_is_built_from_the_base_that_is_named_and_runs_as_nobody() -> None:
    pinned = f"docker.example/python@sha256:{'0' * 64}"
    plan = target.plan(app(function("home", HTTP)), Options("3.12", "x86_64", {"base": pinned}))
    lines = plan.files["Dockerfile"].splitlines()
    assert [line for line in lines if line.startswith("ARG B")] == [f"ARG BASE={pinned}", f"ARG BUILDER={pinned}"]
    last = lines[lines.index("FROM ${BASE}") :]
    assert not [line for line in last if line.startswith("RUN")], "a base without a shell is enough"
    [user] = [line.split()[1] for line in last if line.startswith("USER")]
    assert all(int(part) > 0 for part in user.split(":"))
    commands = [line.partition("[")[2] for line in lines if line.startswith(("RUN", "HEALTHCHECK", "ENTRYPOINT"))]
    assert all(json.loads(f"[{command}")[0] == "python" for command in commands), "no shell reads a command"
