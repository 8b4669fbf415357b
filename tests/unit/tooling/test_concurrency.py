"""`concurrency=`: AWS keeps it or refuses it; every other target says that it does not keep it."""

from __future__ import annotations

from typing import Any

import pytest

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import problems
from portable.tooling.target import Options, Problem
from portable.tooling.targets import load_target

HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0}
TICK = {"kind": "schedule", "expression": "0 3 * * *", "timezone": "UTC", "days": 1}


def found(target: str, trigger: dict[str, Any], **options: Any) -> list[Problem]:
    function = FunctionModel("fun", "app", "fun", "app.py:1", False, trigger, (), (), **options)
    chosen = load_target(target)
    return problems(
        AppModel("shop", (function,), (), ("app",)), chosen, Options(chosen.platform.pythons[-1], "x86_64", {})
    )


def test_aws_keeps_it() -> None:
    assert found("aws", HTTP, concurrency=1) == []
    assert found("aws", QUEUE, concurrency=2) == []


def test_aws_refuses_one_call_at_a_time_of_a_queue() -> None:
    (problem,) = found("aws", QUEUE, concurrency=1)
    assert (problem.error, problem.where) == (True, "app.py:1")
    assert "the least of an SQS event source mapping is 2" in problem.message


def test_aws_says_how_often_a_schedule_is_tried() -> None:
    (problem,) = found("aws", TICK, attempts=4)
    assert (problem.error, "Lambda tries what a schedule hands it 3 times" in problem.message) == (False, True)


@pytest.mark.parametrize("target", ["azure", "container", "gcp", "openfaas", "local"])
def test_the_other_targets_say_that_they_do_not_keep_it(target: str) -> None:
    told = [problem for problem in found(target, HTTP, concurrency=5) if "concurrency=5 is not kept" in problem.message]
    assert [(problem.error, problem.where) for problem in told] == [(False, "app.py:1")]
