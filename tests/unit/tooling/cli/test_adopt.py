"""`portable adopt`: what it writes, prints and refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.app.read import read
from portable.tooling.app.settings import load_settings
from portable.tooling.cli.adopt import adopt

SOURCE = '''
import functions_framework


@functions_framework.http
def hello(request):
    """Greet."""
    return {"hello": request.args.get("name"), "host": request.host_url}
'''


def test_the_written_project_is_read_by_portable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old/main.py").write_text(SOURCE)
    (tmp_path / "old/requirements.txt").write_text("functions-framework==3.*\n")
    adopt(tmp_path / "old", tmp_path / "new")
    told = capsys.readouterr().out
    assert told.startswith(f'1 function of functions-framework\n  {tmp_path}/old/main.py:5: hello: http.any("/")\n')
    assert (
        f"Not carried over (1)\n  {tmp_path}/old/main.py:8: request.host_url has no counterpart\n    instead: " in told
    )
    model = read(load_settings(tmp_path / "new"))
    assert [(function.name, function.trigger["path"]) for function in model.functions] == [("hello", "/")]


def test_the_report_is_data_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.py").write_text(SOURCE)
    adopt(Path("main.py"), None, as_json=True)
    data = json.loads(capsys.readouterr().out)
    assert (data["folder"], data["framework"]) == ("main-portable", "functions-framework")
    assert data["functions"] == [{"name": "hello", "trigger": 'http.any("/")', "where": "main.py:5"}]
    (lost,) = (note for note in data["notes"] if note["kind"] == "lost")
    assert (lost["where"], lost["what"]) == ("main.py:8", "request.host_url has no counterpart")
    assert sorted(path.name for path in Path("main-portable").iterdir()) == sorted(data["files"])
    with pytest.raises(PortableError, match="main-portable exists and is not empty: choose another folder by --into"):
        adopt(Path("main.py"), None)


def test_what_is_no_app_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('hello')\n")
    for source, said in (
        (tmp_path, "has no app of Chalice"),
        (tmp_path / "none", "does not exist"),
        (tmp_path / "a.txt", "does not exist"),
    ):
        with pytest.raises(PortableError, match=said):
            adopt(source, tmp_path / "new")
    assert not (tmp_path / "new").exists()


CHALICE = 'from chalice import Chalice\n\napp = Chalice(app_name="shop")\n\x0c\n@app.route(\'/a"b\')\ndef show():\n    return "\u2028"\n'


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"app.py": CHALICE + "def x(:\n"},
            r"has no app of Chalice.*\napp.py:8: the file is no Python 3: invalid syntax",
        ),
        ({"app.py": CHALICE + f"x = {'-' * 99_999}1\n"}, "app.py:1: the file is no Python 3: it is nested too deeply"),
        ({"app.py": CHALICE, "portable.py": ""}, "has a module portable, which hides the package: rename it"),
        ({"app.py": CHALICE, "pyproject.toml": "[project\n"}, "pyproject.toml is no TOML: .*line 1.*: mend it"),
        ({"app.py": CHALICE, "pyproject.toml": "[tool.portable]\n"}, r"has a table \[tool.portable\] already"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_cause(tmp_path: Path, files: dict[str, str], said: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(PortableError, match=f"(?s){said}"):
        adopt(tmp_path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_a_source_holds_is_neither_waited_for_nor_written_over(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice/config.json").write_text(
        '{"environment_variables": {"A": "1"}, "stages": {"dev": 1}, "lambda_functions": []}'
    )
    (tmp_path / "app.py").write_text(CHALICE)
    (tmp_path / "environment.py").write_text("OWN = 1\n")
    os.mkfifo(tmp_path / "pipe")
    adopt(tmp_path, tmp_path / "new")
    texts = {path.name: path.read_text() for path in (tmp_path / "new").glob("*.py")}
    assert texts["environment.py"] == "OWN = 1\n"
    assert "from app_environment import ENVIRONMENT\n" in texts["app.py"]
    assert """@function(http.get('/a"b'), environment=ENVIRONMENT)""" in texts["app.py"]
    assert sorted(texts) == ["app.py", "app_environment.py", "environment.py"]
