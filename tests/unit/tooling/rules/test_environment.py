"""What is too large in an environment, and what functions that share one want differently."""

from __future__ import annotations

import pytest
from unit.tooling.rules.apps import HTTP, QUEUE, app, function

from portable.tooling.app.model import FunctionModel, Grant
from portable.tooling.rules.environment import environment_problems, variables_of
from portable.tooling.rules.planned import planned_problems
from portable.tooling.target import Options
from portable.tooling.targets import load_target

OPTIONS = Options("3.12", "x86_64", {})


def told(target: str, *functions: FunctionModel) -> list[str]:
    return [problem.text() for problem in environment_problems(app(*functions), load_target(target).facts)]


def test_aws_takes_four_kilobytes_with_the_addresses_of_the_resources() -> None:
    grants = [Grant(f"bucket-{n}", "bucket", ("get",)) for n in range(20)]
    assert told("aws", function("home", HTTP, *grants)) == []
    assert told("aws", function("home", HTTP, environment=(("TEXT", "x" * 3900),))) == []
    [message] = told("aws", function("home", HTTP, *grants, environment=(("TEXT", "ä" * 1000),)))
    assert "about 4" in message
    assert "more than the 4096 that Lambda takes" in message


def test_google_takes_a_thousand_variables_of_32_kilobytes() -> None:
    many = tuple((f"V{n}", "x") for n in range(1000))
    assert "more than the 1000" in told("gcp", function("home", HTTP, environment=many))[0]
    assert (
        "LONG: the value has 32769 bytes"
        in told("gcp", function("home", HTTP, environment=(("LONG", "x" * 32_769),)))[0]
    )
    assert told("azure", function("home", HTTP, environment=many)) == []


def test_a_function_has_a_variable_for_each_thing_that_it_reaches() -> None:
    work = function("work", QUEUE, Grant("photos", "bucket", ("get",)), dead_letter=True)
    assert variables_of(work) == {"PORTABLE_TARGET", "PORTABLE_BUCKET_PHOTOS", "PORTABLE_DEAD_JOBS"}


ONE = function("one", HTTP, environment=(("MODE", "a"),))
TWO = function("two", HTTP | {"path": "/two"}, environment=(("MODE", "b"),))
THREE = function("three", QUEUE, environment=(("MODE", "c"),))


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("aws", []),
        ("azure", ["two", "three"]),
        ("gcp", ["two"]),
        ("container", ["two"]),
        ("openfaas", ["two"]),
        ("ironworker", []),
        ("local", []),
    ],
)
def test_functions_that_share_an_environment_must_agree(target: str, wrong: list[str]) -> None:
    chosen = load_target(target)
    functions = (ONE, TWO, THREE) if target != "ironworker" else (THREE,)
    plan = chosen.plan(app(*functions), OPTIONS)
    found = list(planned_problems(plan, chosen.facts))
    assert [problem.message.partition(":")[0] for problem in found] == wrong
    assert all(problem.error and problem.instead for problem in found)


def test_a_region_of_google_cloud_has_a_thousand_services_at_first() -> None:
    gcp = load_target("gcp")
    many = [function(f"f{n}", QUEUE | {"queue": f"q{n}"}) for n in range(1001)]
    [problem] = planned_problems(gcp.plan(app(*many), OPTIONS), gcp.facts)
    assert not problem.error
    assert "shop: the app is 1001 services" in problem.message


def test_an_http_api_of_aws_has_three_hundred_routes_at_first() -> None:
    many = [function(f"f{n}", HTTP | {"path": f"/p{n}"}) for n in range(150)]
    aws = load_target("aws")
    [problem] = planned_problems(aws.plan(app(*many), OPTIONS), aws.facts)
    assert not problem.error
    assert "451 routes" in problem.message
    assert list(planned_problems(aws.plan(app(*many[:50]), OPTIONS), aws.facts)) == []
