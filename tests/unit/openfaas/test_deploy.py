"""What OpenFaaS cannot do for an app is named with its place, and stack.yaml says what each function needs."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portable.eventing.cron import parse
from portable.tooling.app.model import AppModel, FunctionModel, Grant
from portable.tooling.problems import problems
from portable.tooling.rules.planned import planned_problems
from portable.tooling.target import Options
from portable_openfaas.deploy.stack import cron
from portable_openfaas.deploy.target import target
from portable_openfaas.testing.artifact import stack_environment

OPTIONS = Options("3.12", "x86_64", {})
HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0}
TOPIC = {"kind": "topic", "topic": "news", "filter": ()}
OBJECT = {"kind": "object", "bucket": "photos", "event": "created", "prefix": "", "suffix": ""}


def schedule(expression: str, timezone: str = "UTC", days: int = 1) -> dict[str, Any]:
    return {"kind": "schedule", "expression": expression, "timezone": timezone, "days": days}


def function(name: str, trigger: dict[str, Any], *grants: Grant, **more: Any) -> FunctionModel:
    return FunctionModel(name, "app", "handler", f"app.py:{len(name)}", False, trigger, (), grants, **more)


def app(*functions: FunctionModel, modules: tuple[str, ...] = ("app",), name: str = "shop") -> AppModel:
    return AppModel(name, functions, (), modules)


def stack(*functions: FunctionModel) -> str:
    return target.plan(app(*functions), OPTIONS).files["stack.yaml"]


def block(text: str, name: str) -> str:
    """Return the lines of one function."""
    found = re.search(rf"^  {name}:\n((?:    .*\n)+)", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_http_functions_are_one_called_as_the_app_and_every_other_is_its_own() -> None:
    plan = target.plan(
        app(
            function("home", HTTP),
            function("pay", HTTP | {"path": "/pay"}),
            function("work-hard", QUEUE),
            function("http", schedule("0 3 * * *")),
        ),
        OPTIONS,
    )
    assert [(one.name, one.entry, one.details["function"]) for one in plan.functions] == [
        ("home", "http_entry", "shop"),
        ("pay", "http_entry", "shop"),
        ("work-hard", "entry_work_hard", "shop-work-hard"),
        ("http", "entry_http", "shop-http"),
    ]
    files = ["entry_http.py", "entry_work_hard.py", "handler.py", "http_entry.py", "stack.yaml"]
    assert sorted(plan.generated()) == files
    assert plan.dependencies is None
    for path, source in plan.generated().items():
        if path.endswith(".py"):
            ast.parse(source)


def test_stack_yaml_has_one_image_built_once_the_largest_limits_secrets_and_addresses() -> None:
    text = stack(
        function(
            "home", HTTP, Grant("token", "secret", ("read",)), memory=512, environment=(("MODE", "a: 'b' \"c\""),)
        ),
        function("put", HTTP | {"path": "/put"}, Grant("photos", "bucket", ("put",)), timeout=60),
        function("nightly", schedule("0 3 * * MON-FRI")),
        function("hear", TOPIC, memory=128),
    )
    assert text.count('    image: "${OPENFAAS_PREFIX:-library}/shop:${TAG:-latest}"\n') == 3
    assert [line.strip() for line in text.splitlines() if "skip_build" in line] == [
        "skip_build: false",
        "skip_build: true",
        "skip_build: true",
    ]
    home = block(text, "shop")
    for line in (
        '    lang: "python3-http-debian"',
        '    handler: "./"',
        '      PYTHON_VERSION: "3.12"',
        '      exec_timeout: "60s"',
        '      write_timeout: "65s"',
        '      PORTABLE_BUCKET_PHOTOS: "${PORTABLE_BUCKET_PHOTOS:-photos}"',
        '    secrets: ["s3-access-key-id", "s3-secret-access-key", "token"]',
        '      memory: "512Mi"',
    ):
        assert f"{line}\n" in home
    assert (
        f"      MODE: {json.dumps(chr(97) + ': ' + chr(39) + 'b' + chr(39) + ' ' + chr(34) + 'c' + chr(34))}\n" in home
    )
    nightly, hear = block(text, "shop-nightly"), block(text, "shop-hear")
    assert '      topic: "cron-function"\n      schedule: "0 3 * * 1,2,3,4,5"\n' in nightly
    assert '      topic: "${PORTABLE_TOPIC_NEWS:-news}"\n' in hear
    assert "secrets" not in nightly + hear
    assert '      memory: "128Mi"\n' in hear


def test_stack_yaml_is_yaml() -> None:
    yaml = pytest.importorskip("yaml", reason="pyyaml is not installed: uv pip install pyyaml")
    found = yaml.safe_load(
        stack(
            function("home", HTTP, Grant("token", "secret", ("read",)), environment=(("A", ""), ("B", 'x: "ü" #\n'))),
            function("nightly", schedule("*/5 * * * *")),
        )
    )
    assert (
        found["functions"]["shop"]["environment"] | {"A": "", "B": 'x: "ü" #\n'}
        == found["functions"]["shop"]["environment"]
    )
    assert found["functions"]["shop-nightly"]["annotations"] == {"topic": "cron-function", "schedule": "*/5 * * * *"}
    assert found["configuration"]["templates"][0]["name"] == "python3-http-debian"


def test_a_function_is_told_its_module_and_the_addresses_of_its_own_resources_only(tmp_path: Any) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(stack(function("home", HTTP, Grant("token", "secret", ("read",))), function("hear", TOPIC)))
    assert stack_environment(file, "http_entry")["PORTABLE_SECRET_TOKEN"] == "token"
    assert "PORTABLE_SECRET_TOKEN" not in stack_environment(file, "entry_hear")


ERRORS: dict[str, tuple[FunctionModel, str]] = {
    "objects": (function("f", OBJECT), "OpenFaaS does not support the trigger: object created in"),
    "dead letters": (function("f", TOPIC, dead_letter=True), "dead_letter=True is not supported"),
    "a table": (
        function("f", HTTP, Grant("rows", "table", ("get",))),
        'the table "rows" cannot be used: portable has no table driver',
    ),
    "sending": (function("f", HTTP, Grant("jobs", "queue", ("send",))), 'the queue "jobs" cannot be used'),
    "publishing": (function("f", HTTP, Grant("news", "topic", ("publish",))), 'the topic "news" cannot be used'),
    "order": (function("f", QUEUE | {"ordered": True}), "connectors keep no order"),
    "a time zone": (function("f", schedule("0 3 * * *", "Europe/Berlin")), 'timezone="Europe/Berlin" is not supported'),
    "both days": (function("f", schedule("0 3 */2 * MON")), "make one of them"),
    "a path of flask": (function("f", HTTP | {"path": "/static/x"}), "Flask serves /static itself"),
    "a path of the watchdog": (function("f", HTTP | {"path": "/_/health"}), "of-watchdog serves"),
    "long waits": (function("f", TOPIC, backoff=15.0, attempts=3), "exceed timeout=30"),
    "an underscore": (function("f", TOPIC | {"filter": [["my_key", "x"]]}), "those with an underscore are dropped"),
    "a long name": (function("f" * 60, TOPIC), "characters, more than 63"),
    "a substitution": (function("f", HTTP, environment=(("A", "${B}"),)), "holds ${, which faas-cli would replace"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_kept_is_refused_with_its_place(name: str) -> None:
    wrong, text = ERRORS[name]
    (problem,) = [problem for problem in problems(app(wrong), target, OPTIONS) if problem.error]
    assert text in problem.message
    assert problem.where == wrong.where


GAPS: dict[str, tuple[FunctionModel, str]] = {
    "cors": (function("f", HTTP | {"cors": {"origins": ["*"]}}), "without CORS headers"),
    "any method": (function("f", HTTP | {"method": "*"}), "only GET, HEAD, POST, PUT, PATCH and DELETE"),
    "tries": (function("f", TOPIC), "all 3 attempts are made within this call"),
    "batches": (function("f", QUEUE | {"batch": 10}), "batch=10 has no effect"),
}


@pytest.mark.parametrize("name", GAPS)
def test_what_is_weaker_is_told_with_its_place(name: str) -> None:
    weak, text = GAPS[name]
    found = target.check(app(weak), OPTIONS)
    assert any(text in problem.message for problem in found)
    assert all(problem.where == weak.where and not problem.error for problem in found)


def test_http_functions_that_want_other_values_of_one_variable_are_refused() -> None:
    one = function("one", HTTP, environment=(("MODE", "a"),))
    other = function("other", HTTP | {"path": "/other"}, environment=(("MODE", "b"),))
    (problem,) = planned_problems(target.plan(app(one, other), OPTIONS), target.facts)
    assert "MODE has another value than in another function" in problem.message
    assert problem.where == other.where


@pytest.mark.parametrize("name", ["function", "build", "template"])
def test_a_module_that_would_hide_the_template_or_stay_at_home_is_refused(name: str) -> None:
    (problem,) = problems(app(function("home", HTTP), modules=("app", f"{name}.parts")), target, OPTIONS)
    assert (problem.error, f'the module "{name}"' in problem.message) == (True, True)
    assert problem.where == f"{name}/__init__.py:1"


def robfig(expression: str, moment: datetime) -> bool:
    """Say whether robfig/cron's standard parser matches: its `*` is a star, `*/2` is none (spec.go, parser.go)."""
    fields = expression.split()
    found = parse(expression)
    day, weekday = moment.day in found.days, moment.isoweekday() % 7 in found.weekdays
    days = day and weekday if "*" in (fields[2], fields[4]) else day or weekday
    return moment.minute in found.minutes and moment.hour in found.hours and moment.month in found.months and days


months_days = st.sampled_from(["*", "*/2", "*/1", "1", "1-31", "13,27", "1-31/7"])
week_days = st.sampled_from(["*", "*/2", "*/1", "MON", "0-6", "7", "SUN-SAT", "5-7", "MON,WED"])


@given(days=months_days, weekdays=week_days, hours=st.sampled_from(["*", "3", "*/6"]), day=st.integers(0, 400))
def test_an_expression_fires_at_the_connector_when_it_was_meant_to(
    days: str, weekdays: str, hours: str, day: int
) -> None:
    written = f"0 {hours} {days} * {weekdays}"
    try:
        sent = cron(schedule(written))
    except ValueError:
        found = parse(written)
        assert found.both
        assert len(found.days) < 31
        assert len(found.weekdays) < 7
        assume(False)
    assert "7" not in sent.split()[4]
    for hour in (0, 3, 5):
        moment = datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)
        assert robfig(sent, moment) == parse(written).matches(moment), (written, sent)
