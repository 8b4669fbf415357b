"""A target whose engine cannot bring the code: resources, then the code, then what calls it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from processes.tooling.deploy.conftest import APP
from processes.tooling.deploy.fake_engine import FakeEngine, planned, summary

from portable.errors import PortableError
from portable.tooling.deploy.deploying import Deployed, deploy
from portable.tooling.deploy.destroying import destroy
from portable.tooling.deploy.order import Order
from portable.tooling.deploy.record import void_record
from portable.tooling.infra.remote import Code
from portable_azure.deploy.target import AzureTarget


class Cloud:
    """A cloud that takes code, and writes down when, beside the calls of the engine."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.mark, self.refuses = "", ""

    def units(self) -> dict[str, tuple[str, ...]]:
        return {"small-dev": ("hello",)}

    def code(self, units: Sequence[str]) -> dict[str, Code]:
        return {unit: Code(self.mark) for unit in units}

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        assert artifact.is_file()

        def put(unit: str) -> Code:
            with (self.engine.folder / "calls").open("a") as calls:
                calls.write(json.dumps(["publish", unit]) + "\n")
            if self.refuses:
                raise PortableError(self.refuses)
            self.mark = "new"
            return Code("new")

        return put


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    made = FakeEngine(tmp_path / "bin")
    made.says(plan={"lines": [planned("azurerm_storage_queue.jobs", "create"), summary("plan")]})
    return made


@pytest.fixture
def taker(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud(engine)
    monkeypatch.setattr(AzureTarget, "remote", lambda target: lambda running: made)
    return made


@pytest.fixture
def order(tmp_path: Path, engine: FakeEngine, packaged: Callable[[str], Path]) -> Order:
    app = packaged("azure")
    environment = {"PATH": f"{engine.folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    return Order(app, "azure", "dev", tmp_path / "dist", "deploy", environment, lambda text: None)


def again(order: Order, engine: FakeEngine) -> tuple[Deployed, list[str]]:
    """Deploy, and return the steps: each plan with what it says of published code, each apply and each publication."""
    before = len(engine.calls())
    done = deploy(order, lambda plan, lost: None)
    steps = []
    for name, *arguments in engine.calls()[before:]:
        if name == "plan":
            steps.append("plan without what calls it" if "-var=published=false" in arguments else "plan")
        elif name in ("apply", "publish"):
            steps.append(name)
    return done, steps


def test_the_first_time_the_code_comes_before_what_calls_it(order: Order, engine: FakeEngine, taker: Cloud) -> None:
    done, steps = again(order, engine)
    assert steps == ["plan without what calls it", "apply", "publish", "plan", "apply"]
    assert done.record.published == done.record.manifest["sha256"]


def test_later_on_only_new_code_is_brought(order: Order, engine: FakeEngine, taker: Cloud) -> None:
    again(order, engine)
    (order.folder / "dev.tfvars").write_text("log_retention_days = 30")
    assert again(order, engine)[1] == ["plan", "apply"]
    (order.app / "app.py").write_text(APP.replace('"hello"\n', '"bye"\n'))
    assert again(order, engine)[1] == ["plan", "apply", "publish"]
    void_record(order.record_file)
    assert again(order, engine)[1] == ["plan", "apply", "publish"], "something else has brought code meanwhile"


def test_a_publication_that_fails_is_gone_on_with(order: Order, engine: FakeEngine, taker: Cloud) -> None:
    taker.refuses = "the site is asleep"
    with pytest.raises(
        PortableError, match="the site is asleep\nThe resources of the stage dev are there, but not all"
    ):
        deploy(order, lambda plan, lost: None)
    taker.refuses = ""
    assert again(order, engine)[1] == ["plan without what calls it", "apply", "publish", "plan", "apply"]


def test_another_machine_asks_the_cloud_whether_there_is_code(order: Order, engine: FakeEngine, taker: Cloud) -> None:
    held: dict[str, Any] = {"mode": "managed", "type": "azurerm_service_plan", "name": "App", "instances": [{}]}
    plan = {"lines": [summary("plan")]}
    engine.says(state={"lines": [json.dumps({"resources": [held]})]}, plan=plan)
    taker.mark = "old"
    assert again(order, engine)[1] == ["plan", "apply", "publish"]


def test_what_was_destroyed_has_no_code_any_more(order: Order, engine: FakeEngine, taker: Cloud) -> None:
    again(order, engine)
    held = {"mode": "managed", "type": "azurerm_service_plan", "name": "App", "instances": [{}]}
    data = {"mode": "managed", "type": "azurerm_storage_queue", "name": "jobs", "instances": [{}]}
    engine.says(state={"lines": [json.dumps({"resources": [held, data]})]})
    destroy(order, lambda plan, lost: None, data=False)
    assert again(order, engine)[1] == ["plan without what calls it", "apply", "publish", "plan", "apply"]
