"""An import that no declared dependency provides is named with its place; what may fail is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.app.model import AppModel
from portable.tooling.app.needed_imports import needed_imports
from portable.tooling.depend.undeclared import refuse_undeclared


def judged(folder: Path, imports: str) -> None:
    """Judge the imports of an app on a host that has boto3."""
    (folder / "app.py").write_text("from portable import function, http\n" + imports)
    found = needed_imports([folder / "app.py"], folder, {"app"})
    model = AppModel("shop", (), (), ("app",), (), found.others, found.own)
    refuse_undeclared(model, ("boto3", "botocore", "portable-functions"), folder)


@pytest.mark.parametrize(
    ("imports", "line"),
    [
        ("import hypothesis\n", 2),
        ("from hypothesis.strategies import text\n", 2),
        ("def late():\n    import hypothesis\n", 3),
        ("def late():\n    import not_installed_anywhere\n", 3),
        ("try:\n    import hypothesis\nexcept ValueError:\n    pass\n", 3),
        ("try:\n    import faster_nowhere as it\nexcept ImportError:\n    import hypothesis as it\n", 5),
        ("def late():\n    return __import__('hypothesis').given\n", 3),
        ("import importlib\ndef late():\n    importlib.import_module('hypothesis.strategies')\n", 4),
    ],
)
def test_an_import_without_a_dependency_is_refused_with_its_place(tmp_path: Path, imports: str, line: int) -> None:
    with pytest.raises(PortableError, match=rf"app\.py:{line}: the app imports \w+, which no declared dependency"):
        judged(tmp_path, imports)


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
        "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n",
        "try:\n    import boto3\nexcept ImportError:\n    import hypothesis\n",
        "try:\n    import hypothesis\nexcept ImportError:\n    try:\n        import hypothesis\n    except ImportError:\n        pass\n",
        "try:\n    print()\nexcept Exception:\n    import hypothesis\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING and not False:\n    import hypothesis\n",
        "import importlib\nname = 'hypothesis'\ndef late():\n    importlib.import_module(name)\n",
        "import importlib\ntry:\n    importlib.import_module('hypothesis')\nexcept ImportError:\n    pass\n",
    ],
)
def test_what_the_host_has_or_what_may_be_missing_is_no_fault(tmp_path: Path, imports: str) -> None:
    judged(tmp_path, imports)


def test_the_first_place_is_told_and_the_apps_own_modules_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import shop\nimport pytest\n\nimport pytest.mark\n")
    (found,) = needed_imports([tmp_path / "a.py"], tmp_path, {"shop"}).others
    assert (found.module, found.where, found.distributions, found.found) == ("pytest", "a.py:2", ("pytest",), True)


def test_a_module_of_the_app_that_is_imported_late_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/late.py").write_text("from . import later\n")
    (tmp_path / "shop/later.py").write_text("import pytest\n")
    (tmp_path / "app.py").write_text("def handler():\n    from shop.late import name\n")
    (found,) = needed_imports([tmp_path / "app.py"], tmp_path, {"app"}).others
    assert (found.module, found.where) == ("pytest", "shop/later.py:1")


def test_a_module_that_is_imported_by_a_fixed_text_ships_too(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    for name, text in {"__init__": "", "ab_test": "import json\n", "other": ""}.items():
        (tmp_path / f"shop/{name}.py").write_text(text)
    (tmp_path / "shop/app.py").write_text(
        "from importlib import import_module\ndef late():\n    import_module('.ab_test', __package__)\n"
        "    import_module('shop.other')\n    import_module('not a module')\n    import_module('.')\n"
    )
    found = needed_imports([tmp_path / "shop/app.py"], tmp_path, {"shop"})
    assert (found.others, found.own) == ((), ("shop", "shop.ab_test", "shop.other"))


def test_one_distribution_of_a_namespace_package_does_not_stand_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    for name in ("one", "two"):
        (site / "nsdemo" / name).mkdir(parents=True)
        (site / "nsdemo" / name / "__init__.py").write_text("value = 1\n")
        (site / f"nsdemo_{name}-1.dist-info").mkdir()
        (site / f"nsdemo_{name}-1.dist-info" / "METADATA").write_text(f"Name: nsdemo-{name}\nVersion: 1\n")
        (site / f"nsdemo_{name}-1.dist-info" / "RECORD").write_text(f"nsdemo/{name}/__init__.py,,\n")
    monkeypatch.syspath_prepend(site)
    (tmp_path / "app.py").write_text(
        "import nsdemo.one\nfrom nsdemo.two import value\n\ndef late():\n    from nsdemo import three\n    from nsdemo import two\n"
    )
    found = needed_imports([tmp_path / "app.py"], tmp_path, {"app"}).others
    assert [(item.module, item.where, item.distributions, item.found) for item in found] == [
        ("nsdemo.one", "app.py:1", ("nsdemo-one",), True),
        ("nsdemo.three", "app.py:5", (), False),
        ("nsdemo.two", "app.py:2", ("nsdemo-two",), True),
    ]
