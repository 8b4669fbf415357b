"""An app that is packaged once for each target, so that each deployment finds it in its cache; and one that is deployed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from processes.tooling.deploy.fake_engine import FakeEngine, outputs, planned, summary
from processes.tooling.deploy.orders import QUEUE, Asked, state

from portable.tooling.deploy.deploying import Deployed, deploy
from portable.tooling.deploy.order import Order
from portable.tooling.pipeline import package

APP = """
from portable import function, http

@function(http.get("/hello"))
def hello() -> str:
    return "hello"
"""


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of the app, with its cache, as it was after it was packaged for a target.

    It is always the same folder: in another one nothing would be found in the cache.
    """

    @cache
    def first(target: str) -> Path:
        app = tmp_path_factory.mktemp("packaged") / "app"
        app.mkdir()
        (app / "app.py").write_text(APP)
        (app / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "0"\n')
        package(app, target, app.parent / "dist", lambda text: None)
        return Path(shutil.move(app, app.with_name("first")))

    def folder(target: str) -> Path:
        app = first(target).with_name("app")
        shutil.rmtree(app, ignore_errors=True)
        return Path(shutil.copytree(first(target), app))

    return folder


@pytest.fixture(autouse=True)
def signed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is signed in to AWS, and it is not asked of a network who is."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path / "bin")


@pytest.fixture
def order(tmp_path: Path, engine: FakeEngine, packaged: Callable[[str], Path]) -> Order:
    environment = {"PATH": f"{engine.folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    return Order(packaged("aws"), "aws", "dev", tmp_path / "dist", "deploy", environment, lambda text: None)


@pytest.fixture
def deployed(order: Order, engine: FakeEngine) -> Deployed:
    """The app, deployed; the engine has made a queue."""
    engine.says(
        plan={"lines": [planned(QUEUE, "create"), summary("plan")]},
        apply={"lines": [summary("apply"), outputs(url="https://here")]},
    )
    state(order, 1)
    return deploy(order, Asked())
