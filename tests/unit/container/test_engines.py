"""Which engines a role asks before it is ready: those that its functions use, for it has an account of no other."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from pathlib import Path

import pytest
from servers.waiting import until

from portable.errors import ConfigurationError
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.image import image_of
from portable_container.runtime.engine_variables import check_engines, misspelt
from portable_container.runtime.engines import Engine, Engines
from portable_container.runtime.image import Image
from portable_container.runtime.needs import of_functions
from portable_container.runtime.probe_nats import covers, may

QUEUE = {"kind": "queue", "queue": "jobs"}


def function(name: str, trigger: dict[str, object], *grants: Grant) -> DeployedFunction:
    return DeployedFunction(name, trigger, f"entry_{name}", 256, 30, name, grants)


def engines_of(image: Image, *names: str) -> Engines:
    return Engines(of_functions(image, "shop_dev", names, {}, takes=False))


def test_a_role_asks_the_engines_of_its_functions_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a-key")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    image = image_of(
        "shop",
        [
            function("show", {"kind": "http"}, Grant("photos", "bucket", ("get",))),
            function("send", {"kind": "http"}, Grant("jobs", "queue", ("send",))),
            function("list", {"kind": "http"}, Grant("orders", "table", ("query",))),
            function("work", QUEUE),
            function("hello", {"kind": "http"}),
        ],
        [],
    )
    assert image.asks == {"hello": (), "show": ("store",), "send": ("nats",), "list": ("postgres",), "work": ("nats",)}
    assert engines_of(image, "hello").missing() is None
    for name, engine in (("show", "the store"), ("send", "NATS"), ("work", "NATS"), ("list", "PostgreSQL")):
        missing = engines_of(image, "hello", name).missing()
        assert missing is not None
        assert missing.startswith(engine)


def test_what_is_wrong_with_the_address_is_told_to_probes_and_once_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def ask() -> None:
        raise ConfigurationError("PORTABLE_POSTGRES is no connection URI")

    times = iter(range(0, 1000, 10))
    engine = Engine("PostgreSQL", ask, lambda: float(next(times)))
    caplog.set_level(logging.WARNING, "portable")
    wrong = "PostgreSQL cannot be used: PORTABLE_POSTGRES is no connection URI"
    until(engine.missing, lambda found: found == wrong)
    for _ in range(3):
        assert engine.missing() == wrong
    assert [record.getMessage() for record in caplog.records if record.name == "portable"] == [wrong]


def test_a_role_whose_secret_is_missing_says_so_until_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = function("charge", {"kind": "http"}, Grant("pay-key", "secret", ("get",)))
    image = image_of("shop", [charge, function("show", {"kind": "http"})], [ResourceModel("secret", "pay-key", {})])
    monkeypatch.setenv("PORTABLE_SECRET_PAY_KEY", f"file:{tmp_path}/pay-key")
    engines = engines_of(image, "show", "charge")
    told = engines.missing()
    assert told is not None
    assert told.startswith('secret "pay-key" is missing: ')
    assert f"{tmp_path}/pay-key" in told
    assert "variable PAY_KEY" in told
    assert engines_of(image, "show").missing() is None
    (tmp_path / "pay-key").write_text("value")
    assert engines.missing() is None


@pytest.mark.parametrize(
    ("pattern", "subject", "is_covered"),
    [
        ("shop.dev.queue.jobs", "shop.dev.queue.jobs", True),
        ("shop.dev.queue.jobs", "shop.dev.queue.job", False),
        ("shop.dev.queue.*", "shop.dev.queue.jobs", True),
        ("shop.dev.queue.*", "shop.dev.queue.jobs.3", False),
        ("shop.>", "shop.dev.queue.jobs.later.*", True),
        (">", "$JS.ACK.stream.work.>", True),
        ("$JS.ACK.stream.*.>", "$JS.ACK.stream.work.>", True),
        ("$JS.ACK.stream.work.*", "$JS.ACK.stream.work.>", False),
        ("shop.dev.queue.jobs.>", "shop.dev.queue.jobs", False),
        ("shop.dev.queue.jobs.7", "shop.dev.queue.jobs.*", False),
    ],
)
def test_what_a_right_in_nats_covers(pattern: str, subject: str, *, is_covered: bool) -> None:
    assert covers(pattern, subject) is is_covered
    assert may({"allow": ["other", pattern]}, subject) is is_covered
    assert may({"deny": [pattern]}, subject) is not is_covered
    assert may({}, subject)


KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "PORTABLE_POSTGRES is not set: .*; PORTABLE_NATS is not set: .*; AWS_ENDPOINT_URL_S3 is not set"),
        ({"PGHOST": "db", "PORTABLE_NATS": "nats://n", "AWS_REGION": "eu-west-1"}, None),
        ({"PORTABLE_POSTGRES": "p", "PORTABLE_NATS": "n", "AWS_ENDPOINT_URL": "http://s", **KEYS}, None),
        ({"PGHOST": "db", "PORTABLE_NATS": "n", "AWS_ENDPOINT_URL": "http://s"}, "^AWS_ACCESS_KEY_ID is not set"),
        (
            {"PORTABLE_POSTGRESS": "p", "PORTABLE_NATS": "n", "AWS_REGION": "r"},
            r"^PORTABLE_POSTGRES is not set \(PORTABLE_POSTGRESS is: correct its name\)",
        ),
    ],
)
def test_what_leads_to_an_engine_is_told_if_it_is_missing(environment: dict[str, str], told: str | None) -> None:
    with nullcontext() if told is None else pytest.raises(ConfigurationError, match=told):
        check_engines(("postgres", "nats", "store"), environment)
    check_engines((), environment)


def test_a_variable_that_is_nearly_one_of_portable_is_told_and_none_of_another_program() -> None:
    other = dict.fromkeys(
        ("PORTABLE_NATS_PORT", "PORTABLE_SERVICE_HOST", "PORTABLE_QUEUE_MAILS", "PORTABLE_STAGE"), "1"
    )
    settings = dict.fromkeys(("PORTABLE_SETTING_STAGE", "PORTABLE_TABLE_ORDERS"), "1")
    wrong = {"PORTABLE_STOP_SECOND": "5", "PORTABLE_TABLE_ORDER": "a.b"}
    assert list(misspelt(("PORTABLE_TABLE_ORDERS",), {**other, **settings, **wrong})) == [
        "PORTABLE_STOP_SECOND is no variable of this app: if PORTABLE_STOP_SECONDS is meant, correct its name",
        "PORTABLE_TABLE_ORDER is no variable of this app: if PORTABLE_TABLE_ORDERS is meant, correct its name",
    ]
