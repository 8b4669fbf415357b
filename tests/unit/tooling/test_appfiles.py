"""Which files of an app ship."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import PortableError
from portable.tooling.app.files import AppFiles, app_files
from portable.tooling.app.globs import matcher
from portable.tooling.app.settings import Settings

PRIVATE = (
    ".git/config",
    ".env",
    ".env.production",
    "sub/.env",
    ".portable.env",
    ".portable/cache/x",
    "app.pyc",
    "__pycache__/app.cpython-311.pyc",
)
LEFT_OUT = (
    "tests/test_app.py",
    "sub/tests/data.json",
    "test_app.py",
    "sub/app_test.py",
    "conftest.py",
    ".venv/lib/x.py",
    "venv/pyvenv.cfg",
    "venv/lib/x.py",
    "node_modules/a/index.js",
    "server.pem",
    "sub/private.key",
    "id_rsa",
    "id_ed25519.pub",
    "dist/aws/manifest.json",
    "build/x",
    "pyproject.toml",
    "uv.lock",
    "requirements-dev.txt",
    "README.md",
    "shop.egg-info/PKG-INFO",
)
SHIPS = ("app.py", "sub/__init__.py", "sub/data.json", "templates/README.md", "sub/build/x", "keys.py", "latest/a.py")


def made(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return folder


def shipped(folder: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = (), out: str = "dist") -> AppFiles:
    return app_files(Settings(folder, folder, "app", ("app",), include=include, exclude=exclude), folder / out)


def test_code_and_data_ship_and_what_describes_or_protects_the_project_does_not(tmp_path: Path) -> None:
    made(tmp_path, *PRIVATE, *LEFT_OUT, *SHIPS)
    assert set(shipped(tmp_path).files) == set(SHIPS)


def test_include_brings_back_what_is_left_out_by_default(tmp_path: Path) -> None:
    made(tmp_path, *PRIVATE, *LEFT_OUT, *SHIPS)
    found = shipped(tmp_path, include=("tests/test_app.py", "*.pem", "/README.md", "node_modules/"))
    extra = {"tests/test_app.py", "server.pem", "README.md", "node_modules/a/index.js"}
    assert set(found.files) == {*SHIPS, *extra}


def test_nothing_brings_back_what_is_private(tmp_path: Path) -> None:
    made(tmp_path, *PRIVATE, "app.py", "venv/pyvenv.cfg", "venv/x.py")
    assert set(shipped(tmp_path, include=("**", "*", ".env", ".portable.env", "venv/**")).files) == {"app.py"}


def test_exclude_wins(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "notes.md", "sub/a.csv", "sub/deep/b.csv", "sub/c.py")
    assert set(shipped(tmp_path, exclude=("sub/**/*.csv", "*.md")).files) == {"app.py", "sub/c.py"}
    assert set(shipped(tmp_path, include=("sub",), exclude=("sub/",)).files) == {"app.py", "notes.md"}


def test_the_folder_of_artifacts_never_ships(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "out/aws/bundle.zip")
    assert set(shipped(tmp_path, out="out").files) == {"app.py"}


def test_links_ship_what_they_point_to(tmp_path: Path) -> None:
    made(tmp_path, "outside/shared.py", "outside/.env", "app/app.py")
    folder = tmp_path / "app"
    (folder / "shared.py").symlink_to("../outside/shared.py")
    (folder / "library").symlink_to("../outside")
    (folder / "settings").symlink_to("../outside/.env")
    (folder / "loop").symlink_to(".")
    (folder / "nothing").symlink_to("nowhere")
    found = shipped(folder)
    assert found.files["shared.py"] == found.files["library/shared.py"] == b"outside/shared.py"
    assert set(found.files) == {"app.py", "shared.py", "library/shared.py"}
    assert found.notes == ("nothing is a link to nothing and was left out",)


def test_programs_stay_programs(tmp_path: Path) -> None:
    made(tmp_path, "app.py", "tool")
    (tmp_path / "tool").chmod(0o744)
    assert shipped(tmp_path).executable == {"tool"}


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9")).write_text("")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(PortableError, match="not UTF-8"):
        shipped(tmp_path)


@given(st.lists(st.text("ab-_", min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_path_matches_itself_and_the_folder_it_is_in(parts: list[str]) -> None:
    path = "/".join(parts)
    assert matcher([f"/{path}"])(path)
    assert matcher([f"/{path}/"])(f"{path}/x/y")
    assert matcher(["**"])(path)
    assert matcher([parts[-1]])(f"deep/{parts[-1]}")
    assert not matcher([f"/{path}"])(f"x{path}")
