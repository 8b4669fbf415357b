"""What cannot be packaged: one clear message, exit code 1 or 2, no traceback of ours, and dist/ as it was."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from walk.command import Command

HELLO = "from portable import function, http\n\n\n@function(http.get('/hello'))\ndef hello() -> str:\n    return 'hi'\n"


def project(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


DECLARE = "from portable import function, http, schedule, Tick\n"
SETTINGS = "[tool.portable]\n"
REFUSED = {
    "no functions": ({"app.py": "x = 1\n"}, ["app.py:1", "has no functions"]),
    "a decorated method": (
        {"app.py": f"{DECLARE}class A:\n    @function(http.get('/a'))\n    def read(self) -> str: ...\n"},
        ["app.py:3", "read is inside the class A"],
    ),
    "a nested function": (
        {"app.py": f"{DECLARE}def f():\n    @function(http.get('/a'))\n    def read() -> str: ...\n"},
        ["app.py:3", "read is inside the function f"],
    ),
    "a function nothing imports": (
        {"app.py": HELLO, "other.py": HELLO.replace("hello", "other")},
        ["other.py:4", "nothing imports other"],
    ),
    "a function nothing imports, known by a star": (
        {"app.py": HELLO, "other.py": HELLO.replace("hello", "other").replace("function, http", "*")},
        ["other.py:4", "nothing imports other"],
    ),
    "a function that another replaced": (
        {"app.py": f"{HELLO}\n@function(http.get('/two'))\ndef hello() -> str: ...\n"},
        ["app.py:4", "another definition replaced it"],
    ),
    "two of one name": (
        {"app.py": f"{HELLO}\n@function(http.get('/two'), name='hello')\ndef two() -> str: ...\n"},
        ["app.py:8", 'two functions have the name "hello"', "app.py:4"],
    ),
    "a route twice": (
        {"app.py": f"{HELLO}\n@function(http.get('/hello'))\ndef again() -> str: ...\n"},
        ["app.py:8", "GET /hello is declared twice", "app.py:4"],
    ),
    "an unbindable parameter": (
        {"app.py": f"{DECLARE}@function(http.get('/a'))\ndef read(found: object) -> str: ...\n"},
        ["app.py:2", '"found"'],
    ),
    "a cron expression that is none": (
        {"app.py": f"{DECLARE}@function(schedule.cron('61 * * * *'))\ndef tick(t: Tick) -> None: ...\n"},
        ["app.py:2", "'61' is not a valid minute"],
    ),
    "an import error": (
        {"app.py": "import helper\n", "helper.py": "def fail():\n    raise ValueError('broken')\n\n\nfail()\n"},
        ["helper.py:2", "ValueError: broken", 'helper.py", line 5'],
    ),
    "a syntax error": ({"app.py": "def f(:\n"}, ["app.py:1", "SyntaxError"]),
    "a missing module": ({"app.py": "import nosuchmodule_xyz\n"}, ["app.py:1", "nosuchmodule_xyz"]),
    "a variable that is not set": (
        {"app.py": "import os\nos.environ['PORTABLE_MISSING']\n"},
        ["app.py:2", "PORTABLE_MISSING", "declare a Setting"],
    ),
    "an app that exits": ({"app.py": "import sys\nsys.exit(3)\n"}, ["app.py:2", "SystemExit"]),
    "a project for a Python that is not offered": (
        {"app.py": HELLO, "pyproject.toml": "[project]\nname = 'a'\nversion = '1'\nrequires-python = '<3.11'\n"},
        ["AWS Lambda offers Python 3.11", "<3.11"],
    ),
    "a Python that is not offered": (
        {"app.py": HELLO, "pyproject.toml": f"{SETTINGS}python = '3.9'\n"},
        ["AWS Lambda offers Python 3.11", "not 3.9"],
    ),
    "an architecture that is not offered": (
        {"app.py": HELLO, "pyproject.toml": f"{SETTINGS}architecture = 'sparc'\n"},
        ["x86_64, arm64, not sparc"],
    ),
    "an unknown setting": (
        {"app.py": HELLO, "pyproject.toml": f"{SETTINGS}pyhton = '3.12'\n"},
        ["pyproject.toml", "'pyhton'"],
    ),
    "an unknown setting of the target": (
        {"app.py": HELLO, "pyproject.toml": f"{SETTINGS}[tool.portable.aws]\nisolated = 'all'\n"},
        ["pyproject.toml", "'isolated'", "isolate"],
    ),
    "a value that is none": (
        {"app.py": HELLO, "pyproject.toml": f"{SETTINGS}[tool.portable.aws]\nbase_path = 'shop'\n"},
        ["pyproject.toml:3: ", "base_path = 'shop'"],
    ),
    "a function that is none": (
        {"app.py": HELLO, "pyproject.toml": f"{SETTINGS}[tool.portable.aws]\nisolate = ['none']\n"},
        ["pyproject.toml:3: ", "isolate", "hello"],
    ),
    "a file that is also generated": ({"app.py": HELLO, "entry_hello.py": ""}, ["entry_hello.py", "rename"]),
    "a file that hides us": ({"app.py": HELLO, "portable_aws/x.txt": ""}, ["portable_aws/x.txt", "rename"]),
}


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packaged")
    project(folder, {"app.py": HELLO})
    command = [sys.executable, "-m", "portable.tooling.cli.main", "package", "--target", "aws"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return folder / "dist"


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_one_clear_message(case: str, tmp_path: Path, packaged: Path, portable: Command) -> None:
    files, said = REFUSED[case]
    project(tmp_path, files)
    (tmp_path / "dist").symlink_to(packaged)
    before = contents(packaged)
    done = portable("package", "--target", "aws", folder=tmp_path, code=None)
    assert done.returncode == 1, done.stderr
    for text in said:
        assert text in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("portable: ")
    assert "portable/tooling" not in done.stderr
    assert done.stdout == ""
    assert contents(packaged) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["package", "--target", "gpc"], "the installed ones are: aws, azure, container, gcp"),
        (["package"], "--target"),
        (["package", "--target", "aws", "--nonsense"], "--nonsense"),
        (["frobnicate"], "frobnicate"),
        (["invoke"], "FUNCTION"),
        (["invoke", "hello"], "give exactly one of --event, --http"),
        (["invoke", "hello", "--http", "GET"], 'such as "GET /"'),
        (["invoke", "hello", "--http", "GET /hello", "--header", "colourless"], "name:value"),
        (["invoke", "hello", "--event", "nowhere.json"], "nowhere.json"),
    ],
)
def test_bad_usage_is_exit_code_2(arguments: list[str], said: str, tmp_path: Path, portable: Command) -> None:
    project(tmp_path, {"app.py": HELLO})
    done = portable(*arguments, folder=tmp_path, code=None)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    machine = portable(*arguments, "--json", folder=tmp_path, code=None)
    assert machine.returncode == 2
    assert list(json.loads(machine.stdout)) == ["error"]


def test_the_version_is_told(tmp_path: Path, portable: Command) -> None:
    done = portable("--version", folder=tmp_path, code=None)
    assert (done.returncode, done.stdout) == (0, f"portable {version('portable-functions')}\n")


def test_places_in_errors_and_notes_can_be_opened_from_here(tmp_path: Path, portable: Command) -> None:
    source = HELLO.replace("'/hello')", "'/hello'), timeout=60")
    project(tmp_path, {"shop/app.py": source})
    done = portable("package", "shop", "--target", "aws", "--out", "out", folder=tmp_path, code=None)
    assert "note: shop/app.py:4: hello: timeout=60 is too long: an HTTP API ends a request after 30 s" in done.stdout
    assert "app.py:4: hello" in json.loads((tmp_path / "out/aws/manifest.json").read_text())["notes"][0][:15]
    project(tmp_path, {"shop/app.py": source.replace("60", "901")})
    assert (
        "portable: shop/app.py:4: " in portable("package", "shop", "--target", "aws", folder=tmp_path, code=None).stderr
    )


def test_a_module_that_looks_like_a_test_ships_when_the_app_imports_it_and_is_read_anew_when_it_changes(
    tmp_path: Path, portable: Command
) -> None:
    labs = HELLO.replace("hello", "labs")
    project(tmp_path, {"app.py": f"import ab_test\nfrom shop.test import labs\n{HELLO}", "ab_test.py": "x = 1\n"})
    project(tmp_path, {"shop/test/labs.py": labs, "shop/test/other.py": "", "tests/test_app.py": ""})
    for name in ("labs", "later"):
        project(tmp_path, {"shop/test/labs.py": labs.replace("labs", name)})
        assert portable("package", "--target", "aws", folder=tmp_path, code=None).returncode == 0
        manifest = json.loads((tmp_path / "dist/aws/manifest.json").read_text())
        assert {function["name"] for function in manifest["functions"]} == {"hello", name}
        assert "ab_test.py, shop/test/labs.py" in " ".join(manifest["notes"])
    shipped = {str(path.relative_to(tmp_path / "dist/aws/bundle")) for path in (tmp_path / "dist").rglob("*.py")}
    assert {"ab_test.py", "shop/test/labs.py"} < shipped
    assert not shipped & {"shop/test/other.py", "tests/test_app.py"}


def test_an_output_folder_that_is_not_ours_is_left_as_it_was(tmp_path: Path, portable: Command) -> None:
    project(tmp_path, {"app.py": HELLO, "out/aws/precious.txt": "mine"})
    done = portable("package", "--target", "aws", "--out", "out", folder=tmp_path, code=None)
    assert done.returncode == 1
    assert "is not empty and has no manifest.json" in done.stderr
    assert contents(tmp_path / "out") == {"aws/precious.txt": b"mine"}


def test_a_folder_that_cannot_be_found_is_said(tmp_path: Path, portable: Command) -> None:
    done = portable("package", "nowhere", "--target", "aws", folder=tmp_path, code=None)
    assert (done.returncode, done.stderr) == (
        1,
        "portable: nowhere does not exist: give the folder or the file of an app\n",
    )


def test_a_dependency_with_no_wheel_for_the_platform_is_named(tmp_path: Path, portable: Command) -> None:
    """The index is a folder that holds one wheel, for another platform: nothing is asked from the network."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    make_wheel(wheels, "onlywindows", "cp311-cp311-win_amd64")
    pyproject = (
        "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['onlywindows']\n"
        f"[tool.uv]\nno-index = true\nfind-links = ['{wheels}']\n"
    )
    project(tmp_path, {"app.py": HELLO, "pyproject.toml": pyproject})
    done = portable("package", "--target", "aws", folder=tmp_path, code=None)
    assert done.returncode == 1
    assert "dependency onlywindows" in done.stderr
    assert "has no wheel for" in done.stderr
    assert not (tmp_path / "dist").exists()


def make_wheel(folder: Path, name: str, tag: str) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "value = 1\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_a_failure_is_json_for_machines(tmp_path: Path, portable: Command) -> None:
    project(tmp_path, {"app.py": "x = 1\n"})
    done = portable("package", "--target", "aws", "--json", folder=tmp_path, code=None)
    assert done.returncode == 1
    assert "has no functions" in json.loads(done.stdout)["error"]


def test_an_event_that_lacks_a_field_is_told_which(tmp_path: Path, portable: Command) -> None:
    project(tmp_path, {"app.py": HELLO, "event.json": '{"method": "GET"}'})
    done = portable("invoke", "hello", "--event", "event.json", folder=tmp_path, code=None)
    assert done.returncode == 1
    assert "'path' is missing" in done.stderr


def test_a_message_invoked_is_the_first_attempt_in_its_context_too(tmp_path: Path, portable: Command) -> None:
    source = (
        "from portable import Context, Message, Queue, function\n\n\n@function(Queue('jobs').messages())\n"
        "def work(message: Message[str], context: Context) -> None:\n    print('attempts', message.attempt, context.attempt)\n"
    )
    project(tmp_path, {"app.py": source})
    done = portable("invoke", "work", "--message", "x", folder=tmp_path, code=None)
    assert done.returncode == 0, done.stderr
    assert "attempts 1 1" in done.stderr
