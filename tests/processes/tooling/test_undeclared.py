"""An import that no declared dependency provides is named with its place; what may fail is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.app.needed_imports import needed_imports
from portable.tooling.pipeline import package

HEAD = "from portable import function, http\n"
TAIL = '\n@function(http.get("/"))\ndef home() -> str:\n    return "x"\n'


def made(tmp_path: Path, imports: str, requirements: str = "") -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(HEAD + imports + TAIL)
    if requirements:
        (folder / "requirements.txt").write_text(requirements)
    return folder


@pytest.mark.parametrize(
    ("imports", "line"),
    [
        ("import hypothesis\n", 2),
        ("from hypothesis.strategies import text\n", 2),
        ("def late():\n    import hypothesis\n", 3),
        ("def late():\n    import not_installed_anywhere\n", 3),
        ("try:\n    import hypothesis\nexcept ValueError:\n    pass\n", 3),
    ],
)
def test_an_import_without_a_dependency_is_refused_with_its_place(tmp_path: Path, imports: str, line: int) -> None:
    folder = made(tmp_path, imports)
    with pytest.raises(PortableError, match=rf"app\.py:{line}: the app imports \w+, which no declared dependency"):
        package(folder, "aws", tmp_path / "dist", lambda _: None)


@pytest.mark.parametrize(
    "imports",
    [
        "import json, os.path\n",
        "try:\n    import hypothesis\nexcept ImportError:\n    hypothesis = None\n",
        "import typing\nif typing.TYPE_CHECKING:\n    import hypothesis\n",
        "def late():\n    import boto3, botocore.config\n",
        "from contextlib import suppress\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import hypothesis\n",
        "import sys\nif sys.version_info < (3, 11):\n    import tomli\nelse:\n    import tomllib\n",
        "import sys\nif sys.platform == 'win32':\n    import hypothesis\n",
        "if __name__ == '__main__':\n    import hypothesis\n",
    ],
)
def test_what_the_host_has_or_what_may_be_missing_is_no_fault(tmp_path: Path, imports: str) -> None:
    package(made(tmp_path, imports), "aws", tmp_path / "dist", lambda _: None)


def test_a_script_that_nothing_imports_is_not_looked_at(tmp_path: Path) -> None:
    folder = made(tmp_path, "")
    (folder / "seed.py").write_text("import hypothesis\n")
    package(folder, "aws", tmp_path / "dist", lambda _: None)


def test_the_first_place_is_told_and_the_apps_own_modules_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import shop\nimport pytest\n\nimport pytest.mark\n")
    (found,) = needed_imports([tmp_path / "a.py"], tmp_path, {"shop"}).others
    assert (found.module, found.where, found.distributions, found.found) == ("pytest", "a.py:2", ("pytest",), True)


def test_a_module_of_the_app_that_is_imported_late_ships_though_its_name_looks_like_a_test(tmp_path: Path) -> None:
    folder = made(tmp_path, "def late():\n    import ab_test\n    from labs.test import trial\n")
    (folder / "labs/test").mkdir(parents=True)
    (folder / "labs/test/trial.py").write_text("import json\n")
    with pytest.raises(PortableError, match="imports ab_test, which no declared"):
        package(folder, "aws", tmp_path / "dist", lambda _: None)
    (folder / "ab_test.py").write_text("import hypothesis\n")
    with pytest.raises(PortableError, match=r"shop/ab_test\.py:1: the app imports hypothesis"):
        package(folder, "aws", tmp_path / "dist", lambda _: None)
    (folder / "ab_test.py").write_text("import json\n")
    found = package(folder, "aws", tmp_path / "dist", lambda _: None).manifest
    assert {"ab_test.py", "labs/test/trial.py"} <= found["files"].keys()
    assert {"ab_test", "labs.test.trial"} <= set(found["loads"])


def test_a_module_of_the_app_that_is_imported_late_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/late.py").write_text("from . import later\n")
    (tmp_path / "shop/later.py").write_text("import pytest\n")
    (tmp_path / "app.py").write_text("def handler():\n    from shop.late import name\n")
    (found,) = needed_imports([tmp_path / "app.py"], tmp_path, {"app"}).others
    assert (found.module, found.where) == ("pytest", "shop/later.py:1")
