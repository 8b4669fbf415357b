"""What `portable package` makes: the same bytes everywhere, only what is used, for the Python that was asked for."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from walk.command import Command

from portable.tooling.depend.interpreters import RUNNING, find_interpreter

APP = """from portable import function, http
import greeting


@function(http.get("/hello/{name}"))
def hello(name: str) -> str:
    return greeting.TEXT + name if name in {"a", "b", None} else name
"""
PYPROJECT = """[project]
name = "shop"
version = "1"
dependencies = ["portable-functions[aws]", "greeting"]

[tool.portable]
include = ["tests/data/"]
exclude = ["*.psd"]

[tool.uv]
no-index = true
find-links = ["WHEELS"]
"""
FILES = {
    "app.py": APP,
    "words.txt": "words",
    "logo.psd": "",
    "tests/test_app.py": "",
    "tests/data/a.json": "{}",
    ".portable.env": "token=secret",
    "id_rsa": "secret",
}


def process(*arguments: str, folder: Path, **environment: str) -> None:
    """Run the command in a process of its own, whose environment differs."""
    command = [sys.executable, "-m", "portable.tooling.cli.main", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr


def make_wheel(folder: Path) -> None:
    """Make a wheel that needs another, with a program and what an installer would write."""
    for name, needs, text in (
        ("greeting", "Requires-Dist: polite\n", "from polite import TEXT\n"),
        ("polite", "", "TEXT = 'Dear '\n"),
    ):
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", text)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name} = {name}:TEXT\n")
            wheel.writestr(f"{info}/RECORD", "")


def make_app(folder: Path, wheels: Path, **settings: str) -> Path:
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    more = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    text = PYPROJECT.replace("WHEELS", str(wheels)).replace("[tool.portable]\n", f"[tool.portable]\n{more}")
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder)
    return folder


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    """Return an app that is packaged for AWS in its dist/."""
    folder = make_app(tmp_path_factory.mktemp("app"), wheels)
    process("package", "--target", "aws", folder=folder)
    return folder


def zipped(folder: Path) -> bytes:
    return (folder / "bundle.zip").read_bytes()


def test_what_is_used_ships_and_nothing_private_does(app: Path) -> None:
    with zipfile.ZipFile(app / "dist/aws/bundle.zip") as opened:
        names = set(opened.namelist())
    plain = {name for name in names if not name.endswith(".pyc") and not name.startswith("portable")}
    assert plain == {
        "app.py",
        "entry_hello.py",
        "words.txt",
        "tests/data/a.json",
        "greeting.py",
        "greeting-1.0.dist-info/METADATA",
        "greeting-1.0.dist-info/RECORD",
        "greeting-1.0.dist-info/WHEEL",
        "greeting-1.0.dist-info/entry_points.txt",
        "polite.py",
        "polite-1.0.dist-info/METADATA",
        "polite-1.0.dist-info/RECORD",
        "polite-1.0.dist-info/WHEEL",
        "polite-1.0.dist-info/entry_points.txt",
    }
    ours = {name for name in names if name.startswith("portable")}
    for left_out in ("tooling", "testing", "conformance", "signature", "deploy", "storage", "persistence", "queue"):
        assert not [name for name in ours if left_out in name]


def test_every_python_file_has_its_bytecode_and_the_folder_is_the_zip(app: Path) -> None:
    bundle = app / "dist/aws/bundle"
    tag = f"cpython-{sys.version_info.major}{sys.version_info.minor}"
    for source in bundle.rglob("*.py"):
        assert (source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc").exists(), source
    with zipfile.ZipFile(app / "dist/aws/bundle.zip") as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    assert held == {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def test_the_manifest_locks_with_hashes(app: Path) -> None:
    manifest = json.loads((app / "dist/aws/manifest.json").read_text())
    assert (manifest["schema"], manifest["target"], manifest["app"]) == (2, "aws", "shop")
    assert [(item["name"], item["version"]) for item in manifest["requirements"]] == [
        ("greeting", "1.0"),
        ("polite", "1.0"),
    ]
    assert all(item["hashes"] and item["hashes"][0].startswith("sha256:") for item in manifest["requirements"])
    (function,) = manifest["functions"]
    assert (function["name"], function["entry"], function["memory"], function["timeout"]) == (
        "hello",
        "entry_hello.handler",
        256,
        30,
    )
    assert manifest["size"] == len(zipped(app / "dist/aws"))


def test_the_same_app_elsewhere_at_another_time_in_another_process_is_the_same_bytes(
    app: Path, tmp_path: Path, wheels: Path
) -> None:
    other = make_app(tmp_path / "far" / "away", wheels)
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    process(
        "package", str(other), "--target", "aws", "--out", "o", folder=tmp_path, PYTHONHASHSEED="77", TZ="Asia/Tokyo"
    )
    assert zipped(tmp_path / "o/aws") == zipped(app / "dist/aws")
    process("package", "--target", "aws", "--fresh", folder=other, PYTHONHASHSEED="0")
    assert zipped(other / "dist/aws") == zipped(app / "dist/aws")


def test_a_second_run_asks_uv_for_nothing_and_a_change_is_seen(
    app: Path, tmp_path: Path, portable: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(app, tmp_path / "app", symlinks=True)
    portable("package", "--target", "aws", folder=copy)
    for name, value in (("UV_FIND_LINKS", str(tmp_path / "nowhere")), ("UV_NO_CACHE", "1"), ("UV_OFFLINE", "1")):
        monkeypatch.setenv(name, value)
    done = portable("package", "--target", "aws", folder=copy)
    assert "Resolving" not in done.stderr
    assert "Installing" not in done.stderr
    assert zipped(copy / "dist/aws") == zipped(app / "dist/aws")
    (copy / "app.py").write_text(APP.replace("/hello/{name}", "/hi/{name}"))
    portable("package", "--target", "aws", folder=copy)
    assert json.loads((copy / "dist/aws/manifest.json").read_text())["functions"][0]["trigger"]["path"] == "/hi/{name}"


def test_another_python_gets_its_own_bytecode(wheels: Path, tmp_path: Path, portable: Command) -> None:
    python = next(v for v in ("3.13", "3.12", "3.11") if v != f"{sys.version_info.major}.{sys.version_info.minor}")
    if find_interpreter(python) is None:
        pytest.skip(f"Python {python} is not on this machine: install it, for example with pyenv or uv")
    app = make_app(tmp_path / "app", wheels, python=python, architecture="arm64")
    portable("package", "--target", "aws", folder=app)
    pycs = {path.name.split(".")[-2] for path in (app / "dist/aws/bundle").rglob("__pycache__/*.pyc")}
    assert pycs == {f"cpython-{python.replace('.', '')}"}
    assert portable("doctor", folder=app).stdout.count("  ok  ") == 2


def test_doctor_finds_an_artifact_well(app: Path, portable: Command) -> None:
    done = portable("doctor", "--json", folder=app)
    assert [item["text"] for item in json.loads(done.stdout)["dist/aws"]][1:] == ["entry_hello.handler loads"]


def test_doctor_shows_the_users_own_traceback(app: Path, tmp_path: Path, portable: Command) -> None:
    copy = shutil.copytree(app / "dist", tmp_path / "dist")
    broken = "def f():\n    raise ValueError('broken')\n\n\nf()\n"
    (copy / "aws/bundle/polite.py").write_text(broken)
    shutil.rmtree(copy / "aws/bundle/__pycache__")
    manifest = json.loads((copy / "aws/manifest.json").read_text())
    kept = {path: found for path, found in manifest["files"].items() if not path.startswith("__pycache__/")}
    manifest["files"] = kept | {"polite.py": hashlib.sha256(broken.encode()).hexdigest()}
    (copy / "aws/manifest.json").write_text(json.dumps(manifest))
    done = portable("doctor", folder=tmp_path, code=1)
    assert done.returncode == 1
    assert "FAULT  ValueError: broken" in done.stdout
    assert 'polite.py", line 2, in f' in done.stderr
    assert "importlib" not in done.stderr


def test_doctor_refuses_what_is_no_artifact(tmp_path: Path, portable: Command) -> None:
    done = portable("doctor", ".", folder=tmp_path, code=1)
    assert (done.returncode, done.stderr) == (
        1,
        "portable: . contains no artifact: create one with portable package --target …\n",
    )


def test_an_app_runs_with_the_versions_it_asks_for(app: Path, portable: Command) -> None:
    done = portable("invoke", "hello", "--http", "GET /hello/a", folder=app)
    assert done.stdout.endswith("\n\nDear a\n")


def test_an_app_in_the_words_of_a_newer_python_is_read_by_that_python(tmp_path: Path, portable: Command) -> None:
    newer = next((v for v in ("3.13", "3.12") if v > RUNNING and find_interpreter(v)), None)
    if newer is None:
        pytest.skip("no Python newer than the running one is here: install one, for example with pyenv or uv")
    folder = tmp_path / "newer"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "newer"\nversion = "0"\n[tool.portable]\npython = "{newer}"\n'
    )
    (folder / "app.py").write_text(
        "from portable import http, function, Queue\n"
        "type Names = list[str]\n"
        "jobs = Queue('jobs')\n"
        "@function(http.post('/'))\n"
        "def first(body: Names) -> str:\n"
        "    return body[0]\n"
    )
    portable("package", "--target", "aws", folder=folder)
    assert "FAULT" not in portable("doctor", folder=folder).stdout
