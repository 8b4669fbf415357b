"""Files of an earlier time: which are removed, and what is never touched."""

from __future__ import annotations

import json
from pathlib import Path

from portable.tooling.infra.replaced import RECORD, replace_files

BEFORE = {
    "main.json": "1",
    "kubernetes/work.yaml": "a",
    "kubernetes/keda/scaler.yaml": "b",
    "kubernetes/edited.yaml": "c",
}
NOW = {"main.json": "2", "kubernetes/serve.yaml": "d"}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {RECORD}


def test_only_what_was_written_and_nobody_changed_is_removed_and_all_of_it_is_told(tmp_path: Path) -> None:
    replace_files(BEFORE, tmp_path)
    (tmp_path / "kubernetes" / "edited.yaml").write_text("mine")
    (tmp_path / "kubernetes" / "own.yaml").write_text("a")
    (tmp_path / "terraform.tfstate").write_text("state")
    found = replace_files(NOW, tmp_path)
    assert files(tmp_path) == {*NOW, "kubernetes/edited.yaml", "kubernetes/own.yaml", "terraform.tfstate"}
    assert not (tmp_path / "kubernetes" / "keda").exists()
    assert {path.name for path in found.removed} == {"work.yaml", "scaler.yaml"}
    assert [path.name for path in found.kept] == ["edited.yaml"]
    assert len(list(found.told())) == 3
    assert replace_files(NOW, tmp_path).kept == found.kept, "it is told until somebody decides"
    (tmp_path / "kubernetes" / "edited.yaml").unlink()
    assert list(replace_files(NOW, tmp_path).told()) == []
    assert replace_files(BEFORE, tmp_path).removed == (tmp_path / "kubernetes" / "serve.yaml",)


def test_a_record_that_is_damaged_or_names_other_places_removes_nothing(tmp_path: Path) -> None:
    folder, outside = tmp_path / "infra", tmp_path / "outside.yaml"
    replace_files(BEFORE, folder)
    outside.write_text("a")
    (folder / "link").symlink_to(tmp_path)
    (folder / "linked.yaml").symlink_to(outside)
    record = json.loads((folder / RECORD).read_text())
    digest = record["kubernetes/work.yaml"]
    others = ("../outside.yaml", str(outside), "link/outside.yaml", "linked.yaml", "kubernetes", ".", "")
    (folder / RECORD).write_text(json.dumps({**dict.fromkeys(others, digest), "main.json": 5}))
    assert list(replace_files(NOW, folder).told()) == []
    assert outside.read_text() == "a"
    assert (folder / "linked.yaml").is_symlink()
    assert {*BEFORE, *NOW} <= files(folder)
    for text in ("", "[1]", "{"):
        (folder / RECORD).write_text(text)
        assert list(replace_files(NOW, folder).told()) == []
