"""[tool.portable] and its defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.tooling.app.settings import SettingsError, load_settings

TARGETS = ("aws", "gcp")


def project(folder: Path, text: str = "", *files: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("")
    return folder


def test_without_a_pyproject_the_folder_names_the_app_and_app_py_declares_it(tmp_path: Path) -> None:
    folder = tmp_path / "My Shop_2"
    folder.mkdir()
    (folder / "app.py").write_text("")
    settings = load_settings(folder)
    assert (settings.name, settings.modules, settings.architecture) == ("my-shop-2", ("app",), "x86_64")
    assert settings.python is None


def test_main_py_and_the_projects_package_are_found_too(tmp_path: Path) -> None:
    assert load_settings(project(tmp_path, "", "main.py")).modules == ("main",)
    (tmp_path / "main.py").unlink()
    project(tmp_path, '[project]\nname = "Data-Shop"\n', "src/data_shop/__init__.py")
    settings = load_settings(tmp_path)
    assert (settings.folder, settings.project, settings.modules) == (tmp_path / "src", tmp_path, ("data_shop",))


def test_the_version_of_the_project_is_told_where_it_is_written(tmp_path: Path) -> None:
    assert (
        load_settings(project(tmp_path, '[project]\nname = "shop"\nversion = "2.3.1"\n', "app.py")).version == "2.3.1"
    )
    assert load_settings(project(tmp_path, '[project]\nname = "shop"\ndynamic = ["version"]\n', "app.py")).version == ""


def test_a_file_is_an_app_of_its_own(tmp_path: Path) -> None:
    project(tmp_path, '[tool.portable]\nname = "shop"\n', "app.py", "other.py")
    settings = load_settings(tmp_path / "other.py")
    assert (settings.name, settings.modules, settings.folder) == ("shop", ("other",), tmp_path)


def test_a_targets_table_overrides_for_that_target_only_and_keeps_its_own_keys(tmp_path: Path) -> None:
    text = '[tool.portable]\npython = "3.12"\n[tool.portable.aws]\npython = "3.13"\nisolate = "all"\n'
    project(tmp_path, text, "app.py")
    aws, gcp = (load_settings(tmp_path, target, TARGETS) for target in TARGETS)
    assert (aws.python, aws.table) == ("3.13", {"isolate": "all"})
    assert (gcp.python, gcp.table) == ("3.12", {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[tool.portable]\npyhton = "3.12"\n',
            "pyproject.toml:2: [tool.portable] has no 'pyhton'; it may hold name, modules",
        ),
        ("[tool.portable]\npython = 3.12\n", "pyproject.toml:2: python in [tool.portable] must be a string, not 3.12"),
        ('[tool.portable]\nexclude = "a"\n', "exclude in [tool.portable] must be a list of strings"),
        ("[tool.portable]\nmodules = [1]\n", "modules in [tool.portable] must be a list of strings"),
        ("[project]\n[tool.portable.azur]\n", "pyproject.toml:2: [tool.portable] has no 'azur'"),
        ('[tool.portable]\nname = "No Name"\n', "pyproject.toml:2: name 'No Name' must consist of lower-case"),
        ('[tool.portable]\nmodules = ["nowhere"]\n', "has no module nowhere"),
        ("[tool.portable]\nmodules = []\n", "modules is empty"),
        ("tool = 1\n", "tool must be a table"),
        ("\n[tool]\nx = \n", "pyproject.toml:3: "),
        ("[tool", "pyproject.toml: "),
        ("[project]\ndependencies = 1\n", "dependencies in [project] must be a list"),
    ],
)
def test_a_setting_that_cannot_be_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    project(tmp_path, text, "app.py")
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path, "aws", TARGETS)
    assert said in str(raised.value)
    assert str(tmp_path) in str(raised.value)


def test_a_folder_that_is_not_there_or_holds_no_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(tmp_path / "nowhere")
    with pytest.raises(SettingsError, match=r"has no app\.py, main\.py"):
        load_settings(tmp_path)
