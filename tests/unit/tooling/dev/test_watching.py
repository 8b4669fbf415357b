"""Which files load the app again when they are saved."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from queue import SimpleQueue

import pytest

from portable.tooling.dev.watching import Watching, is_source

ROOT = Path("/app")


@pytest.mark.parametrize("path", ["app.py", "shop/tests.py", "shop/tests/data.py", "tests.py", "pyproject.toml"])
def test_a_source_of_the_app_loads_it_again(path: str) -> None:
    assert is_source(str(ROOT / path), ROOT)


@pytest.mark.parametrize("path", ["tests/test_a.py", "tests/deep/conftest.py", ".venv/a.py", "dist/a.py", "a.txt", ""])
def test_a_test_and_what_is_apart_load_nothing(path: str) -> None:
    assert not is_source(str(ROOT / path), ROOT)


def test_it_is_told_when_saves_are_not_seen(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    told: SimpleQueue[str] = SimpleQueue()
    _, most = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, most))
    try:
        Watching(tmp_path, lambda _: None, told.put).start()
        said = told.get(timeout=10)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert said.startswith("saves are not seen any more")
    assert "Too many open files" in said


def test_what_is_saved_before_the_system_watches_is_told(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    for name in ("app.py", "a.txt", "older.py"):
        (tmp_path / name).touch()
    os.utime(tmp_path / "older.py", (0, 0))
    told: SimpleQueue[frozenset[str]] = SimpleQueue()
    watching = Watching(tmp_path, told.put, str)
    (tmp_path / "app.py").write_text("saved = True")
    watching.start()
    try:
        assert told.get(timeout=10) == {"app.py"}
    finally:
        watching.stop()
