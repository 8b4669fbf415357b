"""Which engines a role asks before it is ready: those that its functions use, for it has an account of no other."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from servers.waiting import until

from portable.errors import ConfigurationError
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.image import image_of
from portable_container.runtime.engines import Engine, Engines

QUEUE = {"kind": "queue", "queue": "jobs"}


def function(name: str, trigger: dict[str, object], *grants: Grant) -> DeployedFunction:
    return DeployedFunction(name, trigger, f"entry_{name}", 256, 30, name, grants)


def test_a_role_asks_the_engines_of_its_functions_alone() -> None:
    image = image_of(
        "shop",
        [
            function("show", {"kind": "http"}, Grant("photos", "bucket", ("get",))),
            function("send", {"kind": "http"}, Grant("jobs", "queue", ("send",))),
            function("list", {"kind": "http"}, Grant("orders", "table", ("query",))),
            function("work", QUEUE),
        ],
        [],
    )
    assert image.asks == {"show": ("store",), "send": ("nats",), "list": ("postgres",), "work": ("nats",)}
    assert Engines(image, ["show"], "shop_dev").missing() is None
    for name, engine in (("send", "NATS"), ("work", "NATS"), ("list", "PostgreSQL")):
        missing = Engines(image, ["show", name], "shop_dev").missing()
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
    engines = Engines(image, ["show", "charge"], "shop_dev")
    told = engines.missing()
    assert told is not None
    assert told.startswith('secret "pay-key" is missing: ')
    assert f"{tmp_path}/pay-key" in told
    assert "variable PAY_KEY" in told
    assert Engines(image, ["show"], "shop_dev").missing() is None
    (tmp_path / "pay-key").write_text("value")
    assert engines.missing() is None
