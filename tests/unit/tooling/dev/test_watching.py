"""Which files load the app again when they are saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.tooling.dev.watching import is_source

ROOT = Path("/app")


@pytest.mark.parametrize("path", ["app.py", "shop/tests.py", "shop/tests/data.py", "tests.py", "pyproject.toml"])
def test_a_source_of_the_app_loads_it_again(path: str) -> None:
    assert is_source(str(ROOT / path), ROOT)


@pytest.mark.parametrize("path", ["tests/test_a.py", "tests/deep/conftest.py", ".venv/a.py", "dist/a.py", "a.txt"])
def test_a_test_and_what_is_apart_load_nothing(path: str) -> None:
    assert not is_source(str(ROOT / path), ROOT)
