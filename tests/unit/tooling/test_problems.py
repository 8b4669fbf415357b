"""What a target cannot do follows from its declaration: no adapter says it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import AppModel, FunctionModel, Grant
from portable.tooling.driven import has_driver
from portable.tooling.facts import Facts
from portable.tooling.problems import problems
from portable.tooling.target import Options, Problem
from portable.tooling.targets import load_target, target_names

OPTIONS = Options("3.12", "x86_64", {})
HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "ordered": False}


@dataclass
class Small:
    """A target that has an entry for HTTP and for queues, and a driver of buckets."""

    name: str = "small"
    title: str = "Small Platform"
    package: str = "small_platform"
    triggers: frozenset[str] = frozenset(("http", "queue"))
    facts: Facts = field(default_factory=Facts)
    asked: list[str] = field(default_factory=list)

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        self.asked += [function.name for function in app.functions]
        return [Problem("a word of its own", error=False)]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    runtime = tmp_path / "small_platform" / "runtime"
    runtime.mkdir(parents=True)
    (runtime.parent / "__init__.py").write_text("")
    (runtime / "__init__.py").write_text("")
    (runtime / "storage.py").write_text("import nothing_of_that_name\n\ndef bucket_driver(bucket, address): ...\n")
    (runtime / "settings.py").write_text("from os import getenv as read_secret\nread_setting: object = read_secret\n")
    (runtime / "eventing.py").write_text("def topic_driver(topic, address): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    return Small()


def function(name: str, trigger: dict[str, Any], *grants: Grant, dead_letter: bool = False) -> FunctionModel:
    return FunctionModel(name, "app", "f", f"app.py:{name}", False, trigger, (), grants, dead_letter=dead_letter)


def told(target: Any, *functions: FunctionModel) -> list[tuple[str, str | None]]:
    found = problems(AppModel("shop", functions, (), ("app",)), target, OPTIONS)
    return [(problem.message, problem.where) for problem in found if problem.error]


def test_a_trigger_without_an_entry_is_refused_and_the_target_is_not_asked_about_it(small: Any) -> None:
    schedule = {"kind": "schedule", "expression": "* * * * *", "timezone": "UTC"}
    assert told(small, function("tick", schedule), function("home", HTTP)) == [
        ("tick: Small Platform does not support the trigger: schedule * * * * * UTC", "app.py:tick")
    ]
    assert small.asked == ["home"]


def test_a_resource_without_a_driver_is_refused_whether_its_module_is_there_or_not(small: Any) -> None:
    grants = (Grant("rows", "table", ("get",)), Grant("news", "topic", ("publish",)), Grant("jobs", "queue", ("send",)))
    assert told(small, function("home", HTTP, *grants)) == [
        ('home: the table "rows" cannot be used: portable has no table driver for Small Platform', "app.py:home"),
        ('home: the queue "jobs" cannot be used: portable has no queue driver for Small Platform', "app.py:home"),
    ]


def test_dead_letters_need_a_driver_of_queues_and_are_told_once(small: Any) -> None:
    work = function("work", QUEUE, Grant("jobs-poison", "queue", ("send",)), dead_letter=True)
    assert told(small, work) == [
        ("work: dead_letter=True is not supported: portable has no queue driver for Small Platform", "app.py:work")
    ]


def test_what_is_there_is_no_problem_and_nothing_of_the_provider_is_imported(small: Any) -> None:
    grants = (
        Grant("photos", "bucket", ("get",)),
        Grant("key", "secret", ("read",)),
        Grant("mode", "setting", ("read",)),
    )
    assert told(small, function("home", HTTP, *grants), function("work", QUEUE)) == []


@pytest.mark.parametrize("name", ["aws", "azure", "gcp", "local"])
def test_the_clouds_and_this_machine_have_a_driver_and_an_entry_of_every_kind(name: str) -> None:
    target = load_target(name)
    assert [kind for kind in RESOURCES if not has_driver(target.package, kind)] == []
    assert {"http", "schedule", "queue", "topic", "object", "stream"} <= target.triggers


def test_every_target_says_which_triggers_it_knows() -> None:
    assert all(isinstance(load_target(name).triggers, frozenset) for name in target_names())
