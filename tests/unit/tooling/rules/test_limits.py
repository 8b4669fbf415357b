"""Limits are data: every number of a target is compared with the app, and a new target needs no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tooling.rules.apps import HTTP, OBJECT, QUEUE, STREAM, TICK, TOPIC, app, function

from portable.tooling.app.model import FunctionModel
from portable.tooling.facts import read_facts
from portable.tooling.rules.headroom import headroom
from portable.tooling.rules.limits import larger_memory, limit_problems
from portable.tooling.target import Options
from portable.tooling.targets import load_target, target_names


def told(target: str, *functions: FunctionModel) -> list[tuple[bool, str]]:
    return [(problem.error, problem.text()) for problem in limit_problems(app(*functions), load_target(target).facts)]


KNOWN = [load_target(name).facts for name in target_names()]
BEYOND: list[tuple[str, dict[str, Any], dict[str, Any], bool, str]] = [
    (
        "aws",
        HTTP,
        {"timeout": 31},
        False,
        "timeout=31 is too long: an HTTP API ends a request after 30 s; use timeout=30",
    ),
    ("azure", HTTP, {"timeout": 231}, False, "Azure ends a request after 230 s"),
    ("gcp", QUEUE, {"timeout": 601}, True, "Pub/Sub waits 600 s for a reply"),
    ("gcp", STREAM, {"timeout": 601}, True, "Pub/Sub waits 600 s for a reply"),
    ("azure", HTTP, {"memory": 4097}, True, "an instance has at most 4096 MB"),
    ("ironworker", QUEUE, {"memory": 513}, True, "a task has about 512 MB"),
    ("aws", TICK, {"attempts": 4}, False, "Lambda tries what a schedule hands it 3 times"),
    ("gcp", TICK, {"attempts": 7}, False, "Cloud Scheduler tries a run 6 times"),
    ("ironworker", TICK, {"attempts": 12}, True, "IronWorker retries a task 10 times at most"),
    ("aws", QUEUE, {"concurrency": 1}, True, "the least of an SQS event source mapping is 2"),
    ("aws", TOPIC, {"concurrency": 1}, True, "the least of an SQS event source mapping is 2"),
    ("aws", STREAM | {"batch": 10_001}, {}, True, "Lambda allows at most 10000"),
    ("aws", STREAM | {"window": 301}, {}, True, "Lambda allows at most 300"),
    ("azure", STREAM | {"window": 601}, {}, True, "Event Hubs waits up to 600 s"),
    ("aws", HTTP | {"max_body": 4_718_593}, {}, False, "max_body=4718593 cannot be reached by every request"),
]


def limited(by: str, *windows: tuple[int, int]) -> dict[str, Any]:
    return {**HTTP, "limit": [{"by": by, "windows": [{"calls": calls, "seconds": each} for calls, each in windows]}]}


@pytest.mark.parametrize(
    ("target", "many", "most", "text"),
    [
        ("gcp", 61, 60, "lets in 1.01667 calls a second over its time"),
        ("aws", 3001, 3000, "takes about 50"),
        ("azure", 3001, 3000, "50"),
    ],
)
def test_a_limit_that_one_row_cannot_count_is_told(target: str, many: int, most: int, text: str) -> None:
    [(refused, message)] = told(target, function("work", limited("route", (many, 60))))
    assert not refused
    assert text in message
    within = [limited("route", (most, 60)), limited("route", (many, 1), (1, 60)), limited("ip", (many, 1))]
    assert told(target, *(function("work", trigger) for trigger in within)) == []


@pytest.mark.parametrize(("target", "trigger", "options", "error", "text"), BEYOND)
def test_what_is_beyond_a_limit_is_told_and_the_limit_itself_is_not(
    target: str, trigger: dict[str, Any], options: dict[str, Any], error: bool, text: str
) -> None:
    [(refused, message)] = told(target, function("work", trigger, **options))
    assert refused is error
    assert text in message
    less = {name: value - 1 if name != "concurrency" else 2 for name, value in options.items()}
    within = {name: value - 1 if type(value) is int and value > 300 else value for name, value in trigger.items()}
    assert told(target, function("work", within, **less)) == []


def test_functions_of_one_topic_and_of_one_bucket_are_counted_together() -> None:
    eleven = [function(f"f{n}", OBJECT | {"prefix": f"{n}/"}, line=n) for n in range(11)]
    assert told("gcp", *eleven[:10]) == []
    [(error, message)] = told("gcp", *eleven)
    assert error
    assert message.startswith('"photos, created": 11 functions get these events of the bucket, more than the 10')
    deleted = function("deleted", OBJECT | {"event": "deleted"})
    assert told("gcp", *eleven[:10], deleted) == []
    assert told("azure", *(function(f"f{n}", TOPIC) for n in range(501)))[0][0]


def test_a_memory_between_two_sizes_is_a_note() -> None:
    facts = load_target("azure").facts
    (problem,) = larger_memory(app(function("one", HTTP), function("two", HTTP, memory=600)), facts)
    assert (problem.error, problem.note) == (False, True)
    assert "two: memory=600 becomes 2048 MB" in problem.message
    assert list(larger_memory(app(function("one", HTTP, memory=512)), facts)) == []
    assert list(larger_memory(app(function("one", HTTP, memory=600)), load_target("aws").facts)) == []


def test_headroom_is_told_for_every_limit_that_the_app_touches() -> None:
    aws = load_target("aws")
    model = app(
        function("home", HTTP, timeout=20),
        function("loud", TOPIC | {"filter": [["level", "high"]]}, environment=(("LEVEL", "h" * 2000),)),
        function("all", TOPIC),
    )
    found = headroom(model, aws.plan(model, Options("3.12", "x86_64", {})), aws.facts)
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    assert {one.limit.what: (one.of, one.value, one.limit.most) for one in found} == {
        "http.max_body": ("home", 4_194_304, 4_718_592),
        "timeout.http": ("home", 20, 30),
        "environment.bytes": ("loud", 2110, 4096),
        "timeout": ("loud", 30, 900),
        "memory": ("home", 256, 10_240),
        "routes": ("shop", 4, 300),
        "topic.filters": ("news", 1, 200),
        "topic.subscriptions": ("news", 2, 12_500_000),
    }


@pytest.mark.parametrize("name", target_names())
def test_every_limit_has_a_source_a_date_and_a_substitute(name: str) -> None:
    facts = load_target(name).facts
    for limit in facts.limits.values():
        assert limit.source
        assert limit.date[:2] == "20"
        assert bool(limit.beyond) == bool(limit.instead), limit.what
        assert (limit.least, limit.most) != (None, None), limit.what
        assert "{" not in limit.told(limit.beyond + limit.instead, 1).replace("{rest:path}", "")
    for rule in facts.names:
        assert rule.source
        assert rule.why
        assert rule.instead


@given(st.integers(1, 900), st.integers(128, 10_240), st.integers(1, 100))
def test_every_target_answers_for_every_function(timeout: int, memory: int, attempts: int) -> None:
    for facts in KNOWN:
        for trigger in (HTTP, QUEUE, TOPIC, OBJECT, STREAM, TICK):
            one = function("work", trigger, timeout=timeout, memory=memory, attempts=attempts)
            for problem in limit_problems(app(one), facts):
                assert problem.where == "app.py:1"
                assert problem.instead


def test_a_target_from_elsewhere_brings_its_numbers_and_no_code(tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text(
        'date = "2026-01-01"\n[limits.timeout]\ntitle = "time"\nmost = 5\nunit = "s"\nerror = true\n'
        'beyond = "timeout={value} is over {most}"\ninstead = "be quick"\nsource = "its page"\n'
    )
    found = list(limit_problems(app(function("home", HTTP, timeout=6)), read_facts(tmp_path)))
    assert [(p.error, p.text()) for p in found] == [(True, "home: timeout=6 is over 5; be quick")]
