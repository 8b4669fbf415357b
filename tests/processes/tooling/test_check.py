"""`portable check` as it is typed: every app of the project, every form, every exit code, and never a traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from architecture.tracked import ROOT

from portable.errors import PortableError
from portable.tooling.cli import main
from portable.tooling.targets import target_names


@dataclass(frozen=True)
class Done:
    code: object
    out: str
    err: str


Check = Callable[..., Done]
APPS = [path for name in ("samples", "tests/apps") for path in sorted((ROOT / name).iterdir()) if path.is_dir()]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Check:
    """Return the command, run in this process."""

    def run(*arguments: str, folder: Path) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setattr("sys.argv", ["portable", "check", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run()
        return Done(ended.value.code, *capfd.readouterr())

    return run


def project(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(text)
    return folder


HELLO = (
    "from portable import function, http\n\n\n@function(http.get('/hello'){})\ndef hello() -> str:\n    return 'hi'\n"
)
SETTINGS = '[tool.portable]\nname = "shop"\nmodules = ["app"]\n'


@pytest.mark.parametrize("app", APPS, ids=lambda path: path.name)
def test_every_app_of_the_project_is_checked_for_every_target_without_a_traceback(
    app: Path, check: Check, tmp_path: Path
) -> None:
    every = [part for name in target_names() for part in ("--target", name)]
    done = check(str(app), "--json", "--out", str(tmp_path), *every, folder=ROOT)
    assert done.code in (0, 1), done.err
    assert "Traceback" not in done.err
    found = json.loads(done.out)
    assert found["targets"] == list(target_names())
    assert found["ok"] is (done.code == 0)
    for one in found["findings"]:
        assert one["instead"], one
        assert (ROOT / one["file"]).is_file(), one
        assert one["line"] >= 1
        assert set(one["targets"]) <= set(found["targets"])


def test_the_samples_have_nothing_against_any_of_the_three_clouds(check: Check) -> None:
    for sample in ("hello", "photos", "orders"):
        done = check(f"samples/{sample}", "-t", "aws", "-t", "azure", "-t", "gcp", folder=ROOT)
        assert done.code == 0, done.out
        assert "0 errors" in done.out


BUCKET = """
from portable import Bucket, StoredObject, function, http

photos = Bucket("photos")


@function(photos.created())
def index(photo: StoredObject) -> None: ...


@function(http.put("/hello/{name}"), timeout=60)
def hello(name: str) -> str:
    return name
"""


def test_without_a_target_those_that_cannot_call_a_function_get_one_note_each(check: Check, tmp_path: Path) -> None:
    project(tmp_path, app__py=BUCKET, pyproject__toml=SETTINGS)
    done = check("--json", folder=tmp_path)
    found = json.loads(done.out)
    assert (done.code, found["targets"]) == (0, ["aws", "azure", "container", "gcp", "local"])
    aside = [one for one in found["findings"] if set(one["targets"]) - set(found["targets"])]
    assert [(one["rule"], one["level"], one["targets"]) for one in aside] == [
        ("target", "note", ["ironworker"]),
        ("target", "note", ["openfaas"]),
    ]
    assert "see all of it with portable check --target openfaas" in aside[1]["instead"]
    assert check("--target", "openfaas", folder=tmp_path).code == 1


def test_without_a_target_those_that_the_project_uses_are_judged(check: Check, tmp_path: Path) -> None:
    table = "[tool.portable.openfaas]\ninclude = []\n"
    project(tmp_path, app__py=BUCKET, pyproject__toml=SETTINGS + table)
    done = check("--json", folder=tmp_path)
    assert (done.code, json.loads(done.out)["targets"]) == (1, ["openfaas"])


@pytest.mark.parametrize(
    ("app", "judged"), [("shop", ["gcp"]), ("other", ["aws", "azure", "container", "gcp", "local"])]
)
def test_an_artifact_of_the_same_app_says_that_its_target_is_used(
    app: str, judged: list[str], check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, app__py=BUCKET, pyproject__toml=SETTINGS)
    (tmp_path / "out" / "gcp").mkdir(parents=True)
    monkeypatch.setattr("portable.tooling.check.judged.read_manifest", _only(tmp_path / "out" / "gcp", {"app": app}))
    assert json.loads(check("--json", "--out", str(tmp_path / "out"), folder=tmp_path).out)["targets"] == judged


def _only(folder: Path, manifest: dict[str, str]) -> Callable[[Path], dict[str, str]]:
    def read(asked: Path) -> dict[str, str]:
        if asked != folder:
            raise PortableError("not there")
        return manifest

    return read


def test_what_differs_between_targets_is_a_section_of_its_own(check: Check, tmp_path: Path) -> None:
    project(tmp_path, app__py=BUCKET, pyproject__toml=SETTINGS)
    out = check("-t", "aws", "-t", "gcp", folder=tmp_path).out
    assert "[meaning]" not in out
    assert out.count("rely on what they have in common") == 1
    section = out.partition("What differs between these targets")[2].splitlines()
    assert "  http (hello)" in section
    assert any(line.startswith("    time-out: aws: ") and " | gcp: " in line for line in section)
    assert "[meaning]" not in check("-t", "aws", folder=tmp_path).out


def test_exit_codes(check: Check, tmp_path: Path) -> None:
    project(tmp_path, app__py=HELLO.format(""), pyproject__toml=SETTINGS)
    assert check("--target", "aws", folder=tmp_path).code == 0
    assert check("--target", "aws", "--strict", folder=tmp_path).code == 0
    project(tmp_path, app__py=HELLO.format(", timeout=60"))
    assert check("--target", "aws", folder=tmp_path).code == 0
    strict = check("--target", "aws", "--strict", folder=tmp_path)
    assert (strict.code, "app.py:4: warning: hello: timeout=60" in strict.out) == (1, True)
    project(tmp_path, app__py=HELLO.format(", environment={'PORTABLE_TARGET': 'x'}"))
    refused = check("--target", "aws", folder=tmp_path)
    assert (refused.code, "app.py:4: error: hello: environment= sets PORTABLE_TARGET" in refused.out) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--target", "moon"),
        ("--from", "aws"),
        ("--to", "aws"),
        ("--from", "aws", "--to", "aws"),
        ("--from", "aws", "--to", "moon"),
        ("--from", "aws", "--to", "gcp", "--target", "aws"),
        ("--format", "xml"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], check: Check, tmp_path: Path) -> None:
    project(tmp_path, app__py=HELLO.format(""), pyproject__toml=SETTINGS)
    done = check(*arguments, folder=tmp_path)
    assert done.code == 2
    assert "Traceback" not in done.err


BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "an error at import": ({"app__py": "x = 1\nraise ValueError('broken')\n"}, "app.py:2"),
    "a syntax error": ({"app__py": "def f(:\n"}, "app.py:1"),
    "no functions": ({"app__py": "x = 1\n"}, "app.py:1"),
    "a wrong declaration": ({"app__py": HELLO.format(", memory=1")}, "app.py:4"),
    "wrong settings": (
        {"app__py": HELLO.format(""), "pyproject__toml": "[tool.portable]\ncolour = 1\n"},
        "pyproject.toml:2",
    ),
    "no TOML": ({"app__py": HELLO.format(""), "pyproject__toml": "[tool\n"}, "pyproject.toml:1"),
    "an app that ends": ({"app__py": "import os\nos._exit(3)\n"}, "ended the process"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_app_that_cannot_be_read_is_a_finding(name: str, check: Check, tmp_path: Path) -> None:
    files, text = BROKEN[name]
    project(tmp_path, **files)
    plain = check("-t", "aws", "-t", "gcp", folder=tmp_path)
    assert plain.code == 1
    assert text in plain.out


@pytest.mark.parametrize("name", ["a wrong declaration", "wrong settings", "an app that ends"])
def test_an_app_that_cannot_be_read_is_a_finding_in_every_form(name: str, check: Check, tmp_path: Path) -> None:
    project(tmp_path, **BROKEN[name][0])
    found = json.loads(check("-t", "aws", "--json", folder=tmp_path).out)
    assert (found["ok"], found["findings"][0]["rule"], found["findings"][0]["level"]) == (False, "app", "error")
    assert check("-t", "aws", "--format", "github", folder=tmp_path).out.startswith("::error ")
    assert json.loads(check("-t", "aws", "--format", "sarif", folder=tmp_path).out)["runs"][0]["results"]
    assert check("--from", "aws", "--to", "gcp", folder=tmp_path).code == 1


def test_an_app_that_is_not_there_is_told(check: Check, tmp_path: Path) -> None:
    done = check("nowhere", "-t", "aws", folder=tmp_path)
    assert (done.code, "nowhere does not exist" in done.out) == (1, True)


def test_places_can_be_opened_from_where_the_check_runs(check: Check, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    project(tmp_path / "shop", app__py=HELLO.format(""), pyproject__toml=SETTINGS)
    assert f"shop{os.sep}app.py:4: note: hello: GET /hello is public" in check("shop", "-t", "aws", folder=tmp_path).out
    sarif = json.loads(check("shop", "-t", "aws", "--format", "sarif", folder=tmp_path).out)
    location = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location == {
        "artifactLocation": {"uri": "shop/app.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4},
    }


def test_settings_of_one_target_count_for_this_target_only(check: Check, tmp_path: Path) -> None:
    settings = f'{SETTINGS}[tool.portable.aws]\npython = "3.9"\n'
    project(tmp_path, app__py=HELLO.format(""), pyproject__toml=settings)
    found = json.loads(check("-t", "aws", "-t", "gcp", "--json", folder=tmp_path).out)
    errors = [one for one in found["findings"] if one["level"] == "error"]
    assert [one["targets"] for one in errors] == [["aws"]]
    assert any(one["rule"] == "public" and one["targets"] == ["gcp"] for one in found["findings"])


def test_a_secret_does_not_hide_what_else_is_wrong(check: Check, tmp_path: Path) -> None:
    project(tmp_path, app__py=HELLO.format(", timeout=60"), pyproject__toml=SETTINGS)
    project(tmp_path, notes__txt="AKIA" + "ABCDEFGHIJKLMNOP\n")
    rules = {one["rule"] for one in json.loads(check("-t", "aws", "--json", folder=tmp_path).out)["findings"]}
    assert {"secret-file", "limit", "public"} <= rules


def test_an_import_that_nothing_declares_is_found_without_a_network(check: Check, tmp_path: Path) -> None:
    project(
        tmp_path,
        app__py="import yaml\n" + HELLO.format(""),
        pyproject__toml='[project]\nname = "shop"\nversion = "0"\ndependencies = []\n',
    )
    done = check("-t", "gcp", folder=tmp_path)
    assert (done.code, "app.py:1: error: the app imports yaml" in done.out) == (1, True)


def test_a_move_is_a_report_of_its_own(check: Check) -> None:
    text = check("samples/orders", "--from", "aws", "--to", "gcp", folder=ROOT)
    assert text.code == 0
    assert text.out.startswith("From aws to gcp\n\nWorks there as it is: ")
    found = json.loads(check("samples/orders", "--from", "aws", "--to", "gcp", "--json", folder=ROOT).out)
    assert (found["move"]["from"], found["move"]["to"], found["move"]["rewrites"]) == ("aws", "gcp", [])
    assert {item["kind"] for item in found["move"]["data"]} >= {"table", "queue", "topic", "secret"}
    assert check("samples/orders", "--from", "aws", "--to", "ironworker", folder=ROOT).code == 1
