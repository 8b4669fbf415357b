"""Names that a provider refuses, and two things that would have one variable."""

from __future__ import annotations

from typing import Any

import pytest
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, TICK, TOPIC, app, function

from portable.tooling.app.model import AppModel, Grant, ResourceModel
from portable.tooling.rules.names import name_problems
from portable.tooling.rules.variables import variable_problems
from portable.tooling.targets import load_target

PHOTOS = ResourceModel("bucket", "photos", {})
TOKEN = ResourceModel("secret", "token", {})


def told(target: str, model: AppModel) -> list[str]:
    return [problem.text() for problem in name_problems(model, load_target(target).facts)]


def with_variable(name: str) -> AppModel:
    return app(function("home", HTTP, environment=((name, "x"),)))


REFUSED: list[tuple[str, AppModel, str]] = [
    ("azure", app(function("host", HTTP)), 'the function "host"'),
    ("azure", app(function("home", HTTP), modules=("function_app",)), 'the module "function_app"'),
    ("azure", with_variable("AzureWebJobsStorage"), 'the variable "AzureWebJobsStorage"'),
    ("aws", with_variable("AWS_REGION"), "Lambda sets this variable itself"),
    ("aws", with_variable("1A"), "begin with a letter"),
    ("aws", with_variable("a-b"), "letters, digits and _"),
    ("aws", app(function("home", HTTP), name="aws-shop", resources=(TOKEN,)), "Parameter Store"),
    ("aws", app(function("home", HTTP), name="xn--shop", resources=(PHOTOS,)), "S3 refuses"),
    ("gcp", with_variable("K_SERVICE"), "Cloud Run sets"),
    ("gcp", app(function("home-", HTTP)), "ends with a letter or a digit"),
    ("gcp", app(function("home", HTTP), name="goog-shop", resources=(PHOTOS,)), "begin with goog"),
    ("gcp", app(function("home", HTTP), resources=(ResourceModel("bucket", "my-google", {}),)), "hold google"),
    ("openfaas", app(function("home", HTTP), modules=("build.x",)), "faas-cli does not copy"),
]


@pytest.mark.parametrize(("target", "model", "text"), REFUSED)
def test_a_name_that_a_provider_refuses_is_told(target: str, model: AppModel, text: str) -> None:
    [message] = told(target, model)
    assert text in message


@pytest.mark.parametrize("target", ["aws", "azure", "container", "gcp", "openfaas", "ironworker", "local"])
def test_ordinary_names_pass(target: str) -> None:
    resources = (PHOTOS, TOKEN, ResourceModel("queue", "jobs", {}), ResourceModel("table", "rows", {}))
    functions = (function("home", HTTP, environment=(("MODE", "x"),)), function("work-all", QUEUE))
    assert told(target, app(*functions, resources=resources)) == []


def test_a_rule_counts_only_where_the_app_has_what_it_is_about() -> None:
    assert told("aws", app(function("home", HTTP), name="aws-shop")) == []
    assert told("gcp", app(function("home", HTTP), name="goog-shop")) == []


def test_a_problem_of_the_apps_name_is_one_of_the_settings() -> None:
    model = app(function("home", HTTP), name="goog-shop", resources=(PHOTOS,))
    (problem,) = name_problems(model, load_target("gcp").facts)
    assert (problem.where, problem.key) == (None, "name")


def clashes(*functions: Any, resources: tuple[ResourceModel, ...] = ()) -> list[str]:
    return [problem.message for problem in variable_problems(app(*functions, resources=resources))]


JOBS = ResourceModel("queue", "jobs", {"dead_letters_of": None})
JOBS_DEAD = ResourceModel("queue", "jobs-poison", {"dead_letters_of": "jobs"})


def test_a_queue_that_is_called_like_the_dead_letters_of_another_is_refused() -> None:
    work = function("work", QUEUE, Grant("jobs-poison", "queue", ("send",)), dead_letter=True)
    false = ResourceModel("queue", "jobs-poison", {"dead_letters_of": None})
    [message] = clashes(work, resources=(JOBS, false))
    assert (
        'the dead letters of "jobs" and the queue "jobs-poison" have one variable, PORTABLE_QUEUE_JOBS_POISON'
        in message
    )
    [problem] = variable_problems(app(work, resources=(JOBS, false)))
    assert problem.instead == 'use Queue("jobs").dead_letters if you mean these, else rename one of them'
    assert clashes(work, resources=(JOBS, JOBS_DEAD)) == []
    assert clashes(work, resources=(JOBS,)) == []


def test_a_queue_that_is_called_like_the_function_of_a_topic_is_refused() -> None:
    tell, jobs = function("jobs", TOPIC), function("home", HTTP, Grant("jobs", "queue", ("send",)))
    [message] = clashes(tell, jobs, resources=(JOBS,))
    assert 'the queue of the function "jobs" and the queue "jobs" have one variable' in message
    assert clashes(function("other", TOPIC), jobs, resources=(JOBS,)) == []
    assert clashes(function("jobs", QUEUE), resources=(JOBS,)) == []
    assert clashes(function("jobs", OBJECT), jobs, resources=(JOBS,)) == []
    assert len(clashes(function("jobs", OBJECT, dead_letter=True), jobs, resources=(JOBS,))) == 1


def test_a_schedule_and_a_stream_have_no_queue_of_their_own() -> None:
    stream = {"kind": "stream", "stream": "clicks", "batch": 1, "window": 0, "start": "latest", "ordered": True}
    assert clashes(function("jobs", stream), function("jobs-two", TICK), resources=(JOBS,)) == []


@pytest.mark.parametrize("pair", [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0")])
def test_what_is_no_variable_on_any_system_cannot_be_declared(pair: tuple[str, str]) -> None:
    [message] = clashes(function("home", HTTP, environment=(pair, ("A B", "x=y"))))
    assert "no system has variables" in message


@pytest.mark.parametrize("name", ["PORTABLE_BUCKET_PHOTOS", "PORTABLE_TARGET", "PORTABLE_"])
def test_a_variable_that_portable_sets_cannot_be_declared(name: str) -> None:
    [message] = clashes(function("home", HTTP, environment=((name, "x"), ("portable_x", "y"))))
    assert name in message
