"""Which functions a change reaches: a function may be left alone only where that is certain."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from portable.tooling.remote.reached import reached

APP = {
    "entry_a.py": b"from one import a",
    "entry_b.py": b"from two import b",
    "entry_c.py": b"import pack.deep\n",
    "one.py": b"import prices\ndef a(): ...",
    "two.py": b"def b():\n    from lazy import thing",
    "lazy.py": b"",
    "prices.py": b"PRICE = 7",
    "pack/__init__.py": b"from .beside import x",
    "pack/deep.py": b"from . import beside",
    "pack/beside.py": b"x = 1",
    "spare.py": b"nobody = 'imports this'",
    "data.json": b"{}",
    "portable/base.pyc": b"ours",
    "msgspec/__init__.py": b"import prices",
    "msgspec-1.dist-info/RECORD": b"msgspec/__init__.py,,\nmsgspec-1.dist-info/RECORD,,\n",
}
MODULES: dict[str, str | None] = {"a": "entry_a.py", "b": "entry_b.py", "c": "entry_c.py"}


def manifest(files: dict[str, bytes], **more: Any) -> dict[str, Any]:
    return {"files": {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}, **more}


def reach(folder: Path, changes: dict[str, bytes | None], app: dict[str, bytes] = APP, **more: Any) -> set[str]:
    new = {path: data for path, data in (app | changes).items() if data is not None}
    zipped = folder / "bundle.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for path, data in new.items():
            archive.writestr(path, data)
    return set(reached(manifest(app), manifest(new, **more), zipped, MODULES))


@pytest.mark.parametrize(
    ("path", "functions"),
    [
        ("entry_a.py", "a"),
        ("prices.py", "a"),
        ("lazy.py", "b"),
        ("pack/beside.py", "c"),
        ("pack/__init__.py", "c"),
        ("one.py", "a"),
        ("spare.py", "abc"),
        ("data.json", "abc"),
        ("portable/base.pyc", "abc"),
        ("msgspec/__init__.py", "abc"),
        ("msgspec-1.dist-info/RECORD", "abc"),
        ("requirements.txt", "abc"),
    ],
)
def test_a_change_reaches_those_that_import_it_and_all_where_that_cannot_be_known(
    tmp_path: Path, path: str, functions: str
) -> None:
    changed = APP.get(path, b"") + b"\n# changed"
    assert reach(tmp_path, {path: changed}) == set(functions)


def test_without_a_change_nothing_is_reached(tmp_path: Path) -> None:
    assert reach(tmp_path, {}) == set()


@pytest.mark.parametrize("path", ["prices.py", "one.py"])
def test_a_module_that_goes_or_comes_reaches_all(tmp_path: Path, path: str) -> None:
    assert reach(tmp_path, {path: None}) == {"a", "b", "c"}
    assert reach(tmp_path, {"new.py": b""}) == {"a", "b", "c"}


@pytest.mark.parametrize("path", ["__pycache__/prices.cpython-312.pyc", "prices.pyc"])
def test_a_compiled_module_counts_as_its_source(tmp_path: Path, path: str) -> None:
    app = APP | {path: b"compiled"}
    assert reach(tmp_path, {path: b"anew", "prices.py": b"PRICE = 8"}, app) == {"a"}


@pytest.mark.parametrize(
    "source",
    [
        b"import importlib\nimportlib.import_module('pri' + 'ces')",
        b"__import__('prices')",
        b"exec('import prices')",
        b"import pkgutil",
        b"not python (",
        b"from one import *\nimport runpy",
    ],
)
def test_a_function_whose_imports_nobody_can_know_is_always_reached(tmp_path: Path, source: bytes) -> None:
    app = APP | {"two.py": source}
    assert reach(tmp_path, {"prices.py": b"PRICE = 8"}, app) == {"a", "b"}


def test_a_function_without_a_module_of_its_own_is_always_reached(tmp_path: Path) -> None:
    zipped = tmp_path / "bundle.zip"
    new = APP | {"prices.py": b"PRICE = 8"}
    with zipfile.ZipFile(zipped, "w") as archive:
        for path, data in new.items():
            archive.writestr(path, data)
    found = reached(manifest(APP), manifest(new), zipped, {"a": None, "b": "entry_b.py", "c": "missing.py"})
    assert found == {"a", "b", "c"}
