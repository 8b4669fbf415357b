"""`doctor` believes no artifact: every file is compared, nothing of a changed one is loaded, what is loaded late is too."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import portable
from portable.errors import PortableError
from portable.tooling.bundle.compiling import IMPORTER, one_file
from portable.tooling.pipeline import package
from portable.tooling.run.doctor import Finding, examine
from portable.tooling.run.libc import newest_glibc, too_new
from portable.tooling.run.loading import load_command, load_request, modules_of

APP = """
from portable import function, http

@function(http.get("/"))
def home() -> str:
    return "hello"
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an artifact that nobody changes."""
    folder = tmp_path_factory.mktemp("whole") / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    return package(folder, "local", folder.parent / "dist", lambda _: None).folder


@pytest.fixture
def artifact(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of the artifact for a test to change."""
    return Path(shutil.copytree(whole, tmp_path / "dist" / "local"))


def looked(artifact: Path) -> list[Finding]:
    return list(examine(artifact, lambda _: None))


def said(artifact: Path) -> str:
    return "\n".join(finding.text for finding in looked(artifact) if not finding.ok)


def test_a_whole_artifact_has_no_fault(artifact: Path) -> None:
    assert [finding.text for finding in looked(artifact) if not finding.ok] == []


def test_the_settings_of_the_project_that_doctor_is_started_in_bear_upon_nothing(
    artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (artifact.parent / "uv.toml").write_text("this is no setting of uv\n")
    monkeypatch.chdir(artifact.parent)
    assert said(artifact) == ""


@pytest.mark.parametrize(
    ("change", "tells"),
    [
        (lambda file: file.write_bytes(b"#" + file.read_bytes()[1:]), "were changed: app.py"),
        (lambda file: file.unlink(), "are missing: app.py"),
        (lambda file: file.with_name("more.py").write_text("x = 1\n"), "are not in the manifest: more.py"),
    ],
)
def test_one_file_that_differs_is_named_and_nothing_is_loaded(
    artifact: Path, change: Callable[[Path], object], tells: str
) -> None:
    change(artifact / "bundle" / "app.py")
    found = looked(artifact)
    assert tells in "\n".join(finding.text for finding in found if not finding.ok)
    assert not any("loads" in finding.text for finding in found)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("target", "../../local"),
        ("python", "3.11 --evil"),
        ("provided", ["--index-url=x"]),
        ("loads", ["os; import subprocess"]),
        ("brings", ["-rrequirements.txt"]),
        ("site", "../outside"),
        ("files", ["app.py"]),
        ("schema", 0),
        ("sha256", None),
    ],
)
def test_a_manifest_of_another_shape_goes_no_further(artifact: Path, key: str, value: object) -> None:
    file = artifact / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(PortableError, match="package again"):
        looked(artifact)


def test_what_a_handler_would_load_later_is_loaded_now(artifact: Path) -> None:
    file = artifact / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"loads": ["portable.nothing"]}))
    assert "portable.nothing" in said(artifact)


def test_a_module_of_ours_that_only_a_handler_would_import_is_loaded_now(artifact: Path) -> None:
    file = artifact / "manifest.json"
    manifest = json.loads(file.read_text())
    late, text = "portable/eventing/blame.py", b"import portable.nowhere\n"
    manifest["files"][late] = hashlib.sha256(text).hexdigest()
    (artifact / "bundle" / late).write_bytes(text)
    for path in [path for path in manifest["files"] if "eventing/__pycache__/blame." in path]:
        del manifest["files"][path]
        (artifact / "bundle" / path).unlink()
    file.write_text(json.dumps(manifest))
    zipped_again(artifact, [(path, (artifact / "bundle" / path).read_bytes()) for path in manifest["files"]])
    assert "portable.nowhere" in said(artifact)


def test_so_is_one_inside_the_one_file_of_bytecode(tmp_path: Path) -> None:
    importer = f"{IMPORTER.replace('.', '/')}.py"
    sources = dict.fromkeys(("portable/__init__.py", "portable/base/__init__.py"), b"")
    sources[importer] = (Path(portable.__file__).parents[1] / importer).read_bytes()
    (file,) = one_file({**sources, "portable/base/blame.py": b"import portable.nowhere\n"}).items()
    (tmp_path / file[0]).write_bytes(file[1])
    shipped = modules_of(file[:1], ["portable"])
    command, request = load_command(sys.executable, ""), load_request(shipped, [], [])
    done = subprocess.run(command, cwd=tmp_path, input=request, capture_output=True, text=True, check=False)
    assert "portable.nowhere" in done.stderr


def test_a_module_of_ours_for_what_the_app_does_not_use_may_lack_its_distribution(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(APP.replace("import function, http", "import *"))
    made = package(folder, "local", tmp_path / "dist", lambda _: None)
    assert "portable/base/codec_msgspec.py" in made.manifest["files"]
    assert said(made.folder) == ""


def test_what_the_app_itself_imports_late_is_loaded_now(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(APP.replace("return", "import reports\n    return"))
    (folder / "reports.py").write_text("from shelf import books\n")
    (folder / "shelf.py").write_text("paper = 1\n")
    made = package(folder, "local", tmp_path / "dist", lambda _: None)
    assert "cannot import name 'books' from 'shelf'" in said(made.folder)


def test_a_distribution_that_is_missing_is_found(artifact: Path) -> None:
    file = artifact / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"brings": ["msgspec"]}))
    assert "msgspec" in said(artifact)


def test_the_newest_glibc_that_an_object_asks_for_is_read() -> None:
    data = b"\x7fELF\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.17\0"
    assert newest_glibc(data) == (2, 34)
    assert newest_glibc(b"\x7fELF") is None
    assert newest_glibc(b"text about GLIBC_2.34") is None


def test_an_object_that_is_too_new_is_named_with_its_distribution() -> None:
    record = "pkg/core.so,,\n"
    files = {
        "pkg/core.so": b"\x7fELF\0GLIBC_2.34\0",
        "pkg-1.0.dist-info/METADATA": b"Name: pkg\nVersion: 1.0\n\n",
        "pkg-1.0.dist-info/RECORD": record.encode(),
        "own.so.1": b"\x7fELF\0GLIBC_2.35\0",
    }
    assert list(too_new(files, "glibc 2.26")) == [
        "own.so.1 of the app's own files needs glibc 2.35, but the host has 2.26",
        "pkg/core.so of pkg 1.0 needs glibc 2.34, but the host has 2.26",
    ]
    assert list(too_new(files, "glibc 2.36")) == []
    assert "own.so.1 of the app's own files needs glibc 2.35, but the host has musl 1.2" in list(
        too_new(files, "musl 1.2")
    )


def zipped_again(artifact: Path, members: Sequence[tuple[str | zipfile.ZipInfo, bytes]]) -> None:
    """Replace the zip, and let the manifest name the new one."""
    with zipfile.ZipFile(artifact / "bundle.zip", "w") as made, warnings.catch_warnings(action="ignore"):
        for name, data in members:
            made.writestr(name, data)
    name_zip(artifact)


def name_zip(artifact: Path) -> None:
    changed = hashlib.sha256((artifact / "bundle.zip").read_bytes()).hexdigest()
    file = artifact / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"sha256": changed}))


@pytest.mark.parametrize(
    ("change", "tells"),
    [
        (lambda files: [*files[1:]], "files of bundle.zip are missing: "),
        (lambda files: [*files, ("more.py", b"")], "files of bundle.zip are not in the manifest: more.py"),
        (lambda files: [(files[0][0], b"x"), *files[1:]], "files of bundle.zip were changed: "),
        (lambda files: [*files, files[0]], "bundle.zip differs from"),
    ],
)
def test_each_file_of_the_zip_is_compared_too(
    artifact: Path, change: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]], tells: str
) -> None:
    with zipfile.ZipFile(artifact / "bundle.zip") as found:
        files = [(name, found.read(name)) for name in found.namelist()]
    zipped_again(artifact, change(files))
    assert tells in said(artifact)


def test_a_link_in_the_zip_is_a_fault_though_its_bytes_are_those_of_the_file(artifact: Path) -> None:
    with zipfile.ZipFile(artifact / "bundle.zip") as found:
        files = [(member, found.read(member)) for member in found.infolist()]
    zipped_again(artifact, files)
    assert said(artifact) == ""
    files[0][0].external_attr = 0o120777 << 16
    zipped_again(artifact, files)
    assert "bundle.zip differs from the manifest" in said(artifact)


def test_a_member_that_is_larger_than_its_file_is_not_unpacked(artifact: Path) -> None:
    with zipfile.ZipFile(artifact / "bundle.zip") as found:
        files = [(name, found.read(name)) for name in found.namelist()]
    tracemalloc.start()
    zipped_again(artifact, files)
    with zipfile.ZipFile(artifact / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files:
            with made.open(name, "w") as member:
                member.write(data)
                for _ in range(64 if name == "app.py" else 0):
                    member.write(bytes(1 << 20))
    name_zip(artifact)
    tracemalloc.reset_peak()
    assert "files of bundle.zip were changed: app.py" in said(artifact)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def test_a_sound_folder_is_loaded_though_its_zip_holds_something_else(artifact: Path) -> None:
    zipped_again(artifact, [("app.py", b"")])
    assert any(finding.ok and "loads" in finding.text for finding in looked(artifact))


def test_what_is_no_zip_is_a_finding(artifact: Path) -> None:
    (artifact / "bundle.zip").write_bytes(b"PK no zip")
    file = artifact / "manifest.json"
    sha256 = hashlib.sha256(b"PK no zip").hexdigest()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"sha256": sha256}))
    assert "bundle.zip differs from" in said(artifact)


def test_a_pipe_in_the_place_of_the_zip_is_not_read(artifact: Path) -> None:
    (artifact / "bundle.zip").unlink()
    os.mkfifo(artifact / "bundle.zip")
    with pytest.raises(PortableError, match=r"bundle\.zip is no ordinary file"):
        looked(artifact)


def test_the_zip_must_be_the_one_that_the_manifest_names(artifact: Path) -> None:
    file = artifact / "bundle.zip"
    file.write_bytes(file.read_bytes() + b"\0")
    assert "bundle.zip differs from" in said(artifact)
    assert (
        hashlib.sha256(file.read_bytes()).hexdigest() != json.loads((artifact / "manifest.json").read_text())["sha256"]
    )
