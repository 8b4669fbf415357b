"""An artifact is replaced whole or not at all."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.app.model import AppModel
from portable.tooling.archive import members_of
from portable.tooling.bundle.bundle import Bundle
from portable.tooling.bundle.write import write
from portable.tooling.depend.lock import Requirement
from portable.tooling.plan import Plan

PLAN = Plan("aws", AppModel("app", (), (), ()), "3.12", "x86_64", {}, (), ())


def bundle(**files: bytes) -> Bundle:
    return Bundle(PLAN, {name.replace("_", "."): data for name, data in files.items()}, (), executable=frozenset())


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_the_zip_and_the_manifest_say_the_same(tmp_path: Path) -> None:
    files = {"a.py": b"1", "sub/b.txt": b"2" * 1000, "tool": b"#!"}
    made = Bundle(
        PLAN,
        files,
        (Requirement("idna", "3.1", ("sha256:aa",)),),
        ("a note",),
        frozenset(("tool",)),
        members_of({"sub/b.txt": files["sub/b.txt"]}, ()),
    )
    manifest = write(made, tmp_path)
    folder = tmp_path / "aws"
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    assert list(manifest) == [
        *(
            "schema",
            "target",
            "app",
            "python",
            "architecture",
            "functions",
            "resources",
            "requirements",
            "files",
            "sha256",
            "size",
            "notes",
        )
    ]
    assert everything(folder / "bundle") == files
    with zipfile.ZipFile(folder / "bundle.zip") as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
    assert (folder / "bundle" / "tool").stat().st_mode & 0o111
    assert [path.name for path in tmp_path.iterdir()] == ["aws"]


def test_an_older_artifact_of_ours_is_replaced_whole(tmp_path: Path) -> None:
    write(bundle(a_py=b"1", b_py=b"2"), tmp_path)
    write(bundle(a_py=b"3"), tmp_path)
    assert everything(tmp_path / "aws" / "bundle") == {"a.py": b"3"}


def test_the_same_artifact_is_not_touched_and_a_changed_one_is_put_right(tmp_path: Path) -> None:
    write(bundle(a_py=b"1"), tmp_path)
    before = (tmp_path / "aws").stat().st_mtime_ns
    write(bundle(a_py=b"1"), tmp_path)
    assert (tmp_path / "aws").stat().st_mtime_ns == before
    (tmp_path / "aws" / "bundle" / "a.py").write_bytes(b"edited")
    write(bundle(a_py=b"1"), tmp_path)
    assert everything(tmp_path / "aws" / "bundle") == {"a.py": b"1"}
    (tmp_path / "aws" / "bundle" / "more").write_bytes(b"")
    write(bundle(a_py=b"1"), tmp_path)
    assert everything(tmp_path / "aws" / "bundle") == {"a.py": b"1"}


@pytest.mark.parametrize("found", ["precious.txt", "manifest.json"])
def test_a_folder_that_is_not_ours_is_refused_and_left_as_it_was(tmp_path: Path, found: str) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / found).write_text("{}")
    before = everything(tmp_path)
    with pytest.raises(PortableError, match="is not empty and has no manifest"):
        write(bundle(a_py=b"1"), tmp_path)
    assert everything(tmp_path) == before


def test_an_empty_folder_is_taken_and_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    write(bundle(a_py=b"1"), tmp_path)
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "aws").write_text("")
    with pytest.raises(PortableError, match="is not a folder"):
        write(bundle(a_py=b"1"), tmp_path / "file")
    (tmp_path / "out").write_text("")
    with pytest.raises(PortableError, match="cannot be written"):
        write(bundle(a_py=b"1"), tmp_path / "out")


def test_a_failure_half_way_leaves_the_older_artifact(tmp_path: Path) -> None:
    write(bundle(a_py=b"1"), tmp_path)
    before = everything(tmp_path)
    with pytest.raises(PortableError, match="cannot be written"):
        write(Bundle(PLAN, {"a.py": b"2", "a.py/b.py": b"3"}, ()), tmp_path)
    assert everything(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["aws"]
