"""What lies in an app's folder and is not part of the app for this target: artifacts, other apps, excluded modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.tooling.app.files import app_files
from portable.tooling.app.model import AppModel
from portable.tooling.app.read import AppError, read
from portable.tooling.app.scan import source_files
from portable.tooling.app.settings import load_settings

TARGETS = ("aws", "azure", "gcp")
HANDLER = 'from portable import function, http\n\n@function(http.get("/{name}"))\ndef {name}() -> None: ...\n'


def write(folder: Path, settings: str, *modules: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in modules:
        (folder / f"{name}.py").write_text(HANDLER.replace("{name}", name), encoding="utf-8")
    (folder / "pyproject.toml").write_text(f"[tool.portable]\n{settings}", encoding="utf-8")
    return folder


def names(folder: Path, target: str) -> list[str]:
    model: AppModel = read(load_settings(folder, target, TARGETS))
    return [function.name for function in model.functions]


def test_a_target_may_be_given_fewer_modules_than_the_others(tmp_path: Path) -> None:
    app = write(tmp_path, 'modules = ["web", "ordered"]\n[tool.portable.azure]\nmodules = ["web"]\n', "web", "ordered")
    assert names(app, "aws") == ["web", "ordered"]
    assert names(app, "azure") == ["web"]


def test_a_target_may_be_given_a_module_of_its_own(tmp_path: Path) -> None:
    app = write(tmp_path, 'modules = ["web"]\n[tool.portable.gcp]\nmodules = ["web", "extra"]\n', "web", "extra")
    assert names(app, "aws") == ["web"]
    assert names(app, "gcp") == ["web", "extra"]


def test_functions_of_a_file_that_is_excluded_are_not_asked_for(tmp_path: Path) -> None:
    app = write(tmp_path, 'modules = ["web"]\nexclude = ["old.py", "drafts"]\n', "web", "old")
    write(app / "drafts", "", "draft")
    assert names(app, "aws") == ["web"]


def test_a_module_that_no_table_names_is_still_refused(tmp_path: Path) -> None:
    app = write(tmp_path, 'modules = ["web"]\n[tool.portable.azure]\nmodules = ["web"]\n', "web", "lost")
    with pytest.raises(AppError, match=r"lost\.py:3: nothing imports lost.*leave the file out by exclude"):
        names(app, "azure")


def test_another_app_inside_the_folder_is_not_this_app(tmp_path: Path) -> None:
    app = write(tmp_path, 'modules = ["web"]\n', "web")
    write(app / "other", "", "theirs")
    assert names(app, "aws") == ["web"]


def test_an_artifact_is_never_part_of_the_app_wherever_it_was_written(tmp_path: Path) -> None:
    app = write(tmp_path, 'modules = ["web"]\n', "web")
    artifact = app / "built" / "aws"
    write(artifact / "bundle", "", "web")
    (artifact / "bundle" / "pyproject.toml").unlink()
    (artifact / "bundle.zip").write_bytes(b"zip")
    (artifact / "manifest.json").write_text("{}", encoding="utf-8")
    assert source_files(app) == [app / "web.py"]
    assert sorted(app_files(load_settings(app)).files) == ["web.py"]
    (artifact / "bundle.zip").unlink()
    assert "built/aws/bundle/web.py" in app_files(load_settings(app)).files
