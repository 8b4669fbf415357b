"""What an app asks to be installed: which files uv reads, and what is refused because neither uv nor pip would read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.app.settings import load_settings
from portable.tooling.depend.requirement_files import distribution, read_lines
from portable.tooling.depend.requirements import Declared, declared

PORTABLE = '[tool.portable]\nmodules = ["app"]\n'


def read(folder: Path, files: dict[str, str | bytes]) -> Declared:
    for name, text in {"app.py": "", **files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return declared(load_settings(folder))


def names(found: Declared) -> list[str]:
    return [file.name for file in found.files]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Portable_Functions[aws]>=1", "portable-functions"),
        ("pydantic ; python_version > '3.8'", "pydantic"),
        ("a @ https://example.com/a.whl", "a"),
        ("https://example.com/a.whl", None),
        ("file:a.whl", None),
        ("wheels/a-1.0-py3-none-any.whl", None),
        ("a-1.0-py3-none-any.whl", None),
        ("-e .", None),
        ("./library", None),
    ],
)
def test_the_distribution_of_a_requirement(line: str, name: str | None) -> None:
    assert distribution(line) == name


def test_an_app_that_asks_for_us_alone_needs_no_uv(tmp_path: Path) -> None:
    project = f'[project]\nname = "demo"\nversion = "0"\ndependencies = ["portable-functions[all]"]\n{PORTABLE}'
    assert read(tmp_path, {"pyproject.toml": project}).files == ()
    assert read(tmp_path / "two", {"requirements.txt": "portable_functions\n-e .\n"}).files == ()
    assert read(tmp_path / "three", {}).files == ()


def test_requirements_txt_is_read_when_the_project_lists_none(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "# what we need\n-r base/base.txt\nhttpx==0.27.0 \\\n    --hash=sha256:aa  # pinned\n-c limits.txt\n",
        "base/base.txt": "idna\n-r ../requirements.txt\n",
        "limits.txt": "idna<4\n",
    }
    found = read(tmp_path, files)
    assert names(found) == ["requirements.txt"]
    assert [(line.text, line.place.removeprefix(f"{tmp_path}/"), line.limits) for line in found.lines] == [
        ("idna", "base/base.txt:1", False),
        ("httpx==0.27.0      --hash=sha256:aa", "requirements.txt:3", False),
        ("idna<4", "limits.txt:1", True),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_requirements_file_may_begin_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, {"requirements.txt": "portable-functions\nidna==3.10\n".encode(encoding)})
    assert [line.text for line in found.lines] == ["portable-functions", "idna==3.10"]


def test_a_file_that_is_included_and_missing_is_named_with_the_line_that_includes_it(tmp_path: Path) -> None:
    with pytest.raises(PortableError, match=r"requirements\.txt:2: missing\.txt does not exist"):
        read(tmp_path, {"requirements.txt": "idna\n-r missing.txt\n"})


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortableError, match=r"requirements\.txt cannot be read: .* write it in UTF-8"):
        read(tmp_path, {"requirements.txt": b"idna # caf\xe9\n"})


def test_files_that_setuptools_reads_for_dynamic_dependencies_are_read(tmp_path: Path) -> None:
    project = f'[project]\nname = "demo"\nversion = "0"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n{{}}{PORTABLE}'
    project = project.replace("{}", 'dependencies = { file = ["base.txt"] }\n')
    found = read(tmp_path, {"pyproject.toml": project, "base.txt": "idna\n", "requirements.txt": "six\n"})
    assert (names(found), [line.text for line in found.lines]) == (["base.txt"], ["idna"])
    (tmp_path / "base.txt").unlink()
    with pytest.raises(PortableError, match=r"pyproject\.toml:6: base\.txt does not exist"):
        declared(load_settings(tmp_path))


def test_other_dynamic_dependencies_are_asked_of_the_build_backend(tmp_path: Path) -> None:
    project = f'[project]\nname = "demo"\nversion = "0"\ndynamic = ["dependencies"]\n{PORTABLE}'
    found = read(tmp_path, {"pyproject.toml": project, "requirements.txt": "six\n"})
    assert (names(found), found.built) == (["pyproject.toml"], True)


def test_install_requires_of_setup_py_is_asked_of_setuptools(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"setup.py": "from setuptools import setup\nsetup(name='demo', install_requires=['idna'])\n"}
    )
    assert (names(found), found.built) == (["setup.py"], True)


POETRY = '[tool.poetry]\nname = "demo"\nversion = "0"\n[tool.poetry.dependencies]\npython = "^3.11"\nidna = "3.10"\n'
BACKEND = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
STATIC = '[project]\nname = "demo"\nversion = "0"\ndependencies = ["idna"]\n'


def test_poetry_tables_are_asked_of_the_backend_that_the_project_names(tmp_path: Path) -> None:
    found = read(tmp_path, {"pyproject.toml": f"{POETRY}{BACKEND}{PORTABLE}"})
    assert (names(found), found.built) == (["pyproject.toml"], True)


@pytest.mark.parametrize(
    ("project", "told"),
    [
        (
            POETRY,
            r"pyproject\.toml:4: uv does not read \[tool\.poetry\.dependencies\] and there is no \[build-system\]",
        ),
        (f'[project]\nname = "demo"\nversion = "0"\n{POETRY}', r"pyproject\.toml:7: uv does not read \[tool\.poetry"),
        (
            f'{STATIC}[tool.poetry.dependencies]\nidna = {{ path = "../idna" }}\n',
            r"pyproject\.toml:6: uv does not read the path of idna .* write it in \[tool\.uv\.sources\]",
        ),
        (
            f'{POETRY}other = {{ version = "1", source = "ours" }}\n{BACKEND}',
            r"pyproject\.toml:7: uv does not read the source of other",
        ),
        (
            f'{STATIC}[[tool.poetry.source]]\nname = "ours"\nurl = "https://example.com"\n',
            r"pyproject\.toml:5: uv does not read \[\[tool\.poetry\.source\]\]: name the index in \[\[tool\.uv\.index\]\]",
        ),
        (
            f'{STATIC}[[tool.pdm.source]]\nname = "ours"\nurl = "https://example.com"\n',
            r"pyproject\.toml:5: uv does not read \[\[tool\.pdm\.source\]\]",
        ),
        (
            f'{STATIC}[tool.pdm.resolution]\nexcludes = ["idna"]\n',
            r"pyproject\.toml:5: uv does not read excludes of \[tool\.pdm\.resolution\]",
        ),
        (
            '[tool.flit.metadata]\nmodule = "app"\nrequires = ["idna"]\n',
            r"pyproject\.toml:1: uv does not read \[tool\.flit\.metadata\]",
        ),
    ],
)
def test_a_table_that_uv_would_pass_over_is_refused_with_its_line(tmp_path: Path, project: str, told: str) -> None:
    with pytest.raises(PortableError, match=told):
        read(tmp_path, {"pyproject.toml": f"{project}{PORTABLE}"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Pipfile", '[packages]\nidna = "*"\n'),
        ("pixi.toml", '[dependencies]\nnumpy = "*"\n'),
        ("environment.yml", "dependencies:\n- numpy\n"),
        ("pylock.toml", '[[packages]]\nname = "numpy"\n'),
        ("requirements.in", "numpy\n"),
        ("requirements/base.txt", "numpy\n"),
    ],
)
def test_a_file_of_another_tool_is_refused_when_nothing_else_lists_dependencies(
    tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(PortableError, match=rf"{name}: its dependencies are not read here: list the dependencies"):
        read(tmp_path, {name: text})
    assert names(read(tmp_path / "other", {name: text, "requirements.txt": "idna\n"})) == ["requirements.txt"]


def test_a_setting_that_is_no_dependency_keeps_the_stamp_and_a_source_changes_it(tmp_path: Path) -> None:
    first = read(tmp_path, {"pyproject.toml": f"{STATIC}{PORTABLE}"}).stamp()
    assert read(tmp_path, {"pyproject.toml": f'{STATIC}{PORTABLE}python = "3.12"\n'}).stamp() == first
    source = f'{STATIC}[tool.uv.sources]\nidna = {{ path = "mine" }}\n{PORTABLE}'
    second = read(tmp_path, {"pyproject.toml": source, "mine/idna.py": "A = 1\n"}).stamp()
    assert second != first
    assert read(tmp_path, {"pyproject.toml": source, "mine/idna.py": "A = 2\n"}).stamp() != second


def test_options_that_uv_takes_on_its_command_line_only_are_handed_on(tmp_path: Path) -> None:
    found = read(tmp_path, {"requirements.txt": "--pre\n--trusted-host example.com\nidna\n"})
    assert found.options == ("--prerelease=allow", "--allow-insecure-host=example.com")


def test_a_line_that_goes_on_is_one_requirement_with_the_place_of_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("\n# note\nidna \\\n  >3 \\\n  ; python_version > '3'\nsix\\")
    assert [(" ".join(line.text.split()), line.number) for line in read_lines(tmp_path / "r.txt")] == [
        ("idna >3 ; python_version > '3'", 3),
        ("six", 6),
    ]
