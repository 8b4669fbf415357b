"""What IronWorker cannot do for an app is named with its place, and workers.json says what each code package needs."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.eventing.cron import parse
from portable.tooling.app.model import AppModel, Code, FunctionModel, Grant, Parameter
from portable.tooling.problems import problems
from portable.tooling.target import Options
from portable_ironworker.deploy.interval import interval
from portable_ironworker.deploy.target import target

OPTIONS = Options("3.12", "x86_64", {})
HTTP = {"kind": "http", "method": "POST", "path": "/paid", "cors": None, "max_body": 1000, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0}


def schedule(expression: str, timezone: str = "UTC", days: int = 1) -> dict[str, Any]:
    return {"kind": "schedule", "expression": expression, "timezone": timezone, "days": days}


def function(name: str, trigger: dict[str, Any], *grants: Grant, **more: Any) -> FunctionModel:
    parameters = more.pop("parameters", ())
    return FunctionModel(name, "app", "handler", f"app.py:{len(name)}", False, trigger, parameters, grants, **more)


def workers(*functions: FunctionModel) -> list[dict[str, Any]]:
    plan = target.plan(AppModel("shop", functions, (), ("app",)), OPTIONS)
    found: list[dict[str, Any]] = json.loads(plan.files["workers.json"])
    return found


def told(one: FunctionModel, error: bool = True) -> list[tuple[str, str | None]]:
    found = problems(AppModel("shop", (one,), (), ("app",)), target, OPTIONS)
    return [(problem.message, problem.where) for problem in found if problem.error is error]


def test_each_function_is_a_code_package_and_a_module_of_one_image() -> None:
    app = AppModel(
        "shop",
        (function("paid", HTTP), function("work-hard", QUEUE), function("sweep", schedule("0 * * * *"))),
        (),
        ("app",),
    )
    plan = target.plan(app, OPTIONS)
    assert [(one.name, one.entry, one.details["worker"]) for one in plan.functions] == [
        ("paid", "entry_paid", "shop-paid"),
        ("work-hard", "entry_work_hard", "shop-work-hard"),
        ("sweep", "entry_sweep", "shop-sweep"),
    ]
    found = plan.generated()
    modules = ["entry_paid.py", "entry_sweep.py", "entry_work_hard.py"]
    assert sorted(found) == sorted(
        [".dockerignore", "Dockerfile", *modules, "register.py", "worker.py", "workers.json"]
    )
    assert "FROM python:3.12-slim" in found["Dockerfile"]
    assert "iron.json" in found[".dockerignore"].split()  # it holds the project's token
    for path, source in found.items():
        if path.endswith(".py"):
            ast.parse(source)


def test_workers_json_has_retries_config_values_and_the_interval() -> None:
    grants = (Grant("api-token", "secret", ("read",)), Grant("mode", "setting", ("read",)))
    paid, work, sweep = workers(
        function("paid", HTTP, *grants, attempts=3),
        function(
            "work", QUEUE, Grant("photos", "bucket", ("get",)), attempts=4, backoff=1.5, environment=(("A", "ü"),)
        ),
        function("sweep", schedule("15 3 * * MON"), attempts=1, timeout=900),
    )
    assert (paid["retries"], paid["webhook"], "run_every" in paid) == (0, True, False)
    assert paid["values"] == {"PORTABLE_SECRET_API_TOKEN": None, "PORTABLE_SETTING_MODE": ""}
    assert (work["name"], work["command"]) == ("shop-work", "python /app/worker.py entry_work")
    assert (work["retries"], work["retries_delay"], work["webhook"]) == (3, 2, False)
    assert work["config"] == {"PORTABLE_TARGET": "ironworker", "A": "ü"}
    assert work["values"]["PORTABLE_BUCKET_PHOTOS"] == "photos"
    assert work["values"]["AWS_SECRET_ACCESS_KEY"] is None
    assert (sweep["retries"], sweep["timeout"], sweep["run_every"]) == (0, 900, 7 * 86400)
    assert datetime.fromtimestamp(sweep["phase"], UTC).strftime("%a %H:%M") == "Mon 03:15"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            function("f", {"kind": "topic", "topic": "news", "filter": ()}),
            "IronWorker does not support the trigger: messages of topic news",
        ),
        (
            function("f", {"kind": "object", "bucket": "b", "event": "created"}),
            "does not support the trigger: object created in b",
        ),
        (
            function("f", {"kind": "stream", "stream": "clicks"}),
            "does not support the trigger: records of stream clicks",
        ),
        (function("f", HTTP | {"method": "GET"}), "which takes only POST"),
        (function("f", HTTP | {"method": "*"}), "which takes only POST"),
        (function("f", HTTP | {"path": "/paid/{name}"}), "a webhook has no path"),
        (function("f", HTTP, timeout=3601), "3600 s at most"),
        (function("f", QUEUE, memory=1024), "about 512 MB"),
        (function("f", QUEUE, attempts=12), "10 times at most"),
        (function("f", QUEUE, dead_letter=True), "dead_letter=True is not supported: portable has no queue driver"),
        (function("f", QUEUE | {"ordered": True}), "tasks have no order"),
        (function("f", QUEUE, Grant("jobs", "queue", ("send",))), "portable has no queue driver"),
        (function("f", HTTP, Grant("seen", "table", ("get",))), "portable has no table driver"),
        (function("f", schedule("0 3 * * MON-FRI")), "only at equal intervals"),
        (function("f", schedule("0 3 * * *", "Europe/Berlin")), "no time zone but UTC"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(one: FunctionModel, words: str) -> None:
    ((message, where),) = told(one)
    assert message.startswith("f: ")
    assert words in message
    assert where == "app.py:1"


@pytest.mark.parametrize("source", ["query", "header", "cookie"])
def test_a_webhook_whose_handler_insists_on_more_than_the_body_is_refused(source: Any) -> None:
    decode = Code("_convert.text")
    needed = Parameter("tag", source, "tag", "convert", decode)
    ((message, where),) = told(function("f", HTTP, parameters=(needed,)))
    assert (f"the {source} parameter tag never gets a value" in message, where) == (True, "app.py:1")
    assert told(function("f", HTTP, parameters=(Parameter("tag", source, "tag", "convert", decode, "omit"),))) == []


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (function("f", HTTP), "not the function's response"),
        (function("f", HTTP), "only the body (64 KB"),
        (function("f", QUEUE), "Message.attempt and Context.attempt are None"),
        (function("f", QUEUE, timeout=7), "timeout=7 holds only for tasks"),
        (function("f", QUEUE | {"batch": 10}), "batch=10 has no effect"),
        (function("f", QUEUE, backoff=0.5), "backoff=0.5 is rounded up"),
    ],
)
def test_what_is_otherwise_is_a_gap_that_packaging_prints(one: FunctionModel, words: str) -> None:
    assert told(one) == []
    assert any(words in message and where == "app.py:1" for message, where in told(one, error=False))


@pytest.mark.parametrize(
    ("expression", "days", "every"),
    [
        ("* * * * *", 1, 60),
        ("*/5 * * * *", 1, 300),
        ("7 */8 * * *", 1, 8 * 3600),
        ("0 5,17 * * *", 1, 12 * 3600),
        ("30 3 * * *", 1, 86400),
        ("30 3 1-31 1-12 0-6", 1, 86400),
        ("0 0 * * *", 3, 3 * 86400),
        ("0 0 * * 7", 1, 7 * 86400),
    ],
)
def test_a_cron_with_equal_intervals_is_one(expression: str, days: int, every: int) -> None:
    assert interval(schedule(expression, days=days))[0] == every


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("*/7 * * * *", 1),
        ("0 9-17 * * *", 1),
        ("0 0 1 * *", 1),
        ("0 0 */2 * *", 1),
        ("0 0 * 6 *", 1),
        ("0 0 1 * MON", 1),
        ("0 0 * * MON,WED", 1),
        ("0 */6 * * *", 2),
    ],
)
def test_a_cron_that_no_interval_says_is_refused(expression: str, days: int) -> None:
    with pytest.raises(ValueError, match="only at equal intervals"):
        interval(schedule(expression, days=days))


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    return st.one_of(
        st.just("*"),
        number.map(str),
        st.integers(1, high).map("*/{}".format),
        st.lists(number, min_size=1, max_size=3).map(lambda numbers: ",".join(map(str, numbers))),
    )


DAY = st.sampled_from(["*", "*", "*", "1-31", "*/2", "1", "1,15"])
MONTH = st.sampled_from(["*", "*", "*", "1-12", "6", "JAN-JUN"])
WEEKDAY = st.sampled_from(["*", "*", "0-6", "MON", "7", "*/2", "SAT,SUN"])


@given(st.tuples(_field(0, 59), _field(0, 23), DAY, MONTH, WEEKDAY).map(" ".join))
def test_an_interval_is_due_when_the_cron_is_and_at_no_other_time(expression: str) -> None:
    try:
        every, phase = interval(schedule(expression))
    except ValueError:
        return  # it is refused
    assert every >= 60
    assert 0 <= phase < every
    cron, moment = parse(expression), datetime(2026, 2, 25, tzinfo=UTC)
    for _ in range(8 * 24 * 60):
        due = (int(moment.timestamp()) - phase) % every == 0
        assert cron.matches(moment) is due, (expression, moment)
        moment += timedelta(minutes=1)
