"""Reading an app in a child process: its model, or one clear fault with the user's own place and traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from portable.tooling.app.model import AppModel
from portable.tooling.app.read import AppError, read
from portable.tooling.app.scan import reached
from portable.tooling.app.settings import Settings

GOOD = """
from portable import function, http

@function(http.get("/hello"))
def hello() -> str:
    return "hello"
"""
Write = Callable[..., Settings]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def files(source: str, *modules: str, **more: str) -> Settings:
        for name, text in {"app": source, **more}.items():
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return Settings(tmp_path, tmp_path, "shop", modules or ("app",))

    return files


def fault(settings: Settings) -> AppError:
    with pytest.raises(AppError) as caught:
        read(settings)
    return caught.value


def test_an_app_is_read_whatever_it_prints(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    app = read(write("import sys, os\nprint('noise')\nsys.stdout.write('more')\nos.system('echo shell')\n" + GOOD))
    assert isinstance(app, AppModel)
    assert [(function.name, function.module, function.where) for function in app.functions] == [
        ("hello", "app", "app.py:8")
    ]
    out, err = capfd.readouterr()
    assert out == ""
    assert "noise" in err
    assert "shell" in err


def test_an_error_in_the_users_code_is_told_with_their_line_and_traceback(write: Write) -> None:
    error = fault(write("import helper\n" + GOOD, helper="def load():\n    return 1 / 0\n\nload()\n"))
    assert str(error) == "helper.py:2: the app cannot be imported: ZeroDivisionError: division by zero"
    assert "helper.py" in error.traceback
    assert "return 1 / 0" in error.traceback
    assert "portable/tooling" not in error.traceback


@pytest.mark.parametrize(
    ("name", "source"), [("email", "import email.message\n"), ("portable", ""), ("json", "import json\njson.loads\n")]
)
def test_a_module_that_hides_one_of_python_is_named(write: Write, name: str, source: str) -> None:
    error = fault(write(source + GOOD, **{name: "x = 1\n"}))
    assert f"the app's {name} hides what Python or portable has by this name: rename it" in str(error)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def broken(:\n", "app.py:1: the app cannot be imported: SyntaxError"),
        ("import nothing_of_that_name\n", "app.py:1: the app cannot be imported: ModuleNotFoundError"),
        ("import nothing_of_that_name\n", "which no declared dependency provides: add its distribution"),
        ("from portable import nothing\n", "app.py:1: the app cannot be imported: ImportError"),
        ("import sys\nsys.exit(3)\n", "app.py:2: the app cannot be imported: SystemExit: 3"),
        ("import os\nos._exit(3)\n", "ended the process that imported it (exit code 3)"),
        ("import os\nURL = os.environ['SHOP_URL']\n", "app.py:2: the environment variable 'SHOP_URL' is not set"),
        (
            "import os\nsettings = os.environ\nURL = settings['SHOP_URL']\n",
            "the environment variable 'SHOP_URL' is not set",
        ),
        (
            "from portable import http\n@http.get('/')\ndef hi(): ...\n",
            "app.py:2: a trigger is no decorator: give it to @function",
        ),
        ("x = {}['key']\n", "app.py:1: the app cannot be imported: KeyError: 'key'"),
        ("x = 1\n", "shop has no functions"),
        ("raise BaseException('odd')\n", "app.py:1: the app cannot be imported: BaseException: odd"),
    ],
)
def test_an_app_that_cannot_be_imported_is_one_clear_fault(write: Write, source: str, says: str) -> None:
    assert says in str(fault(write(source)))


def test_a_module_that_is_not_there_is_named(write: Write) -> None:
    assert "No module named 'elsewhere'" in str(fault(write(GOOD, "elsewhere")))


def test_a_fault_of_a_declaration_has_the_place_of_the_function(write: Write) -> None:
    assert str(fault(write(GOOD.replace("hello()", "hello(n: complex)")))).startswith(
        'app.py:4: parameter "n" of hello'
    )


def test_a_fault_raised_while_declaring_has_the_users_line(write: Write) -> None:
    source = "from portable import Bucket\n\nphotos = Bucket('NO')\n"
    assert str(fault(write(source))).startswith("app.py:3: bucket name 'NO' must have")


def test_modules_that_look_like_tests_belong_to_the_app_when_it_imports_them(tmp_path: Path) -> None:
    labs = tmp_path / "shop" / "test"
    labs.mkdir(parents=True)
    (labs / "labs.py").write_text(GOOD)
    (tmp_path / "app.py").write_text("import ab_test\nfrom shop.test import labs\n" + GOOD.replace("hello", "other"))
    (tmp_path / "ab_test.py").write_text("def late():\n    import obstore\n")
    (tmp_path / "unused_test.py").write_text("import boto3\n" + GOOD.replace("hello", "third"))
    app = read(Settings(tmp_path, tmp_path, "shop", ("app",)))
    assert {function.name: function.where for function in app.functions} == {
        "hello": "shop/test/labs.py:4",
        "other": "app.py:6",
    }
    assert "obstore" in app.uses
    assert "boto3" not in app.uses


def test_what_modules_import_is_followed_by_their_source(tmp_path: Path) -> None:
    for path, text in {
        "__init__.py": "",
        "api.py": "from . import ab_test\nfrom .sub.deep_test import x\nimport other\n",
        "ab_test.py": "",
        "sub/__init__.py": "from ..far_test import y\n",
        "sub/deep_test.py": "x = 1\n",
        "far_test.py": "y = 1\n",
        "unused_test.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    modules = []
    for file in sorted(tmp_path.rglob("*.py")):
        parts = ("shop", *file.relative_to(tmp_path).with_suffix("").parts)
        module = ModuleType(".".join(parts).removesuffix(".__init__"))
        module.__file__ = str(file)
        if file.name == "__init__.py":
            module.__path__ = [str(file.parent)]
        modules.append(module)
    names = {"shop", "shop.api", "shop.ab_test", "shop.sub", "shop.sub.deep_test", "shop.far_test"}
    assert reached(modules, ["shop.api"]) == names


def test_places_can_be_opened_from_where_the_command_was_typed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    again = GOOD.replace("hello()", "again()").partition("\n\n")[2]
    settings = write(f"{GOOD}\n{again}")
    monkeypatch.chdir(settings.folder.parent)
    name = settings.folder.name
    assert str(fault(settings)) == f"{name}/app.py:8: GET /hello is declared twice: the other is at {name}/app.py:4"
    (settings.folder / "deeper").mkdir()
    monkeypatch.chdir(settings.folder / "deeper")
    assert str(fault(settings)).startswith(f"{settings.folder}/app.py:8: GET /hello is declared twice")
