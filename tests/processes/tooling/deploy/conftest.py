"""An app that is packaged once for each target, so that each deployment of a copy finds it in its cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from portable.tooling.pipeline import package

APP = """
from portable import function, http

@function(http.get("/hello"))
def hello() -> str:
    return "hello"
"""


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of the app, with its cache, after it was packaged for a target."""

    @cache
    def folder(target: str) -> Path:
        app = tmp_path_factory.mktemp("packaged") / "app"
        app.mkdir()
        (app / "app.py").write_text(APP)
        (app / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "0"\n')
        package(app, target, app.parent / "dist", lambda text: None)
        return app

    return folder
