"""An app whose imports no declared dependency provides is not packaged; what it imports late ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.pipeline import package

HEAD = "from portable import function, http\n"
TAIL = '\n@function(http.get("/"))\ndef home() -> str:\n    return "x"\n'


def made(tmp_path: Path, imports: str) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(HEAD + imports + TAIL)
    return folder


def test_an_import_without_a_dependency_is_refused_with_its_place(tmp_path: Path) -> None:
    folder = made(tmp_path, "import hypothesis\n")
    with pytest.raises(PortableError, match=r"app\.py:2: the app imports \w+, which no declared dependency"):
        package(folder, "aws", tmp_path / "dist", lambda _: None)


def test_what_the_host_has_and_a_script_that_nothing_imports_are_not_looked_at(tmp_path: Path) -> None:
    folder = made(tmp_path, "def late():\n    import boto3, botocore.config\n")
    (folder / "seed.py").write_text("import hypothesis\n")
    package(folder, "aws", tmp_path / "dist", lambda _: None)


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
