"""Dependencies of every kind, packaged without a network: wheels and sources are made here and found by --find-links."""

from __future__ import annotations

import json
import re
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from walk.dependency_project import APP, BACKEND, Project, source, wheel

from portable.errors import PortableError
from portable.tooling.depend.interpreters import RUNNING, find_interpreter
from portable.tooling.depend.platforms import number
from portable.tooling.pipeline import package
from portable.tooling.run.doctor import examine


@pytest.fixture
def made(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_path_source_ships_and_never_the_distribution_of_that_name_in_the_index(made: Project) -> None:
    source(made.folder / "libs/greeting", "greeting", needs="polite>=1")
    wheel(made.index, "polite", "1.5")
    made.make(
        "import greeting",
        None,
        'dependencies = ["greeting"]',
        '[tool.uv.sources]\ngreeting = { path = "libs/greeting" }',
    )
    assert made.shipped() == {"greeting": "9.0", "polite": "1.5"}
    assert (made.bundle / "greeting.py").read_text() == "WHERE = 'source 9.0'\n"
    (made.folder / "libs/greeting/greeting.py").write_text("WHERE = 'changed'\n")
    made.package()
    assert (made.bundle / "greeting.py").read_text() == "WHERE = 'changed'\n"


def test_folders_in_requirements_txt_ship_and_the_artifact_holds_no_path_of_this_machine(made: Project) -> None:
    lines = {
        "first": "-e ./libs/first",
        "second": "./libs/second",
        "third": "libs/third",
        "fourth": "fourth @ file:libs/fourth",
    }
    for name in lines:
        source(made.folder / "libs" / name, name)
    made.make(f"import {', '.join(lines)}", "\n".join(lines.values()))
    manifest = made.package()
    found = {item["name"]: (item["version"], len(item["hashes"])) for item in manifest["requirements"]}
    assert found == dict.fromkeys(lines, ("9.0", 1))
    for file in (made.folder / "dist/aws").rglob("*"):
        assert not file.is_file() or str(made.folder.parent).encode() not in file.read_bytes(), file


def test_a_source_that_uv_would_not_use_is_refused(made: Project) -> None:
    source(made.folder / "libs/greeting", "greeting")
    uv = '[tool.uv.sources]\ngreeting = { path = "libs/greeting" }'
    made.make("", "greeting\n", "", uv)
    told = made.refused()
    assert told.startswith("pyproject.toml:5: [tool.uv.sources] has a source for greeting, but nothing in [project]")


def test_a_path_that_does_not_exist_is_told_with_its_line(made: Project) -> None:
    made.make("", "greeting\n-e ./libs/nowhere\n")
    assert made.refused().startswith("requirements.txt:2: dependency ")
    made.make("", None, 'dependencies = ["other"]', '[tool.uv.sources]\nother = { path = "libs/other" }')
    assert re.match(r"pyproject\.toml:\d+: dependency \S+ does not exist", made.refused())


def test_constraints_and_overrides_of_the_project_hold(made: Project) -> None:
    for version in ("1.5", "2.0"):
        wheel(made.index, "greeting", version)
    made.make("import greeting", None, 'dependencies = ["greeting"]', 'constraint-dependencies = ["greeting<2"]')
    assert made.shipped() == {"greeting": "1.5"}
    made.make("import greeting", None, 'dependencies = ["greeting==2.0"]', 'override-dependencies = ["greeting==1.0"]')
    assert made.shipped() == {"greeting": "1.0"}


def test_a_folder_of_wheels_is_found_from_the_file_that_names_it(made: Project) -> None:
    wheel(made.folder / "base/wheels", "polite", "3.0")
    (made.folder / "base/base.txt").write_text("--find-links wheels\npolite\n-c limits.txt\n")
    (made.folder / "base/limits.txt").write_text("greeting<2\n")
    wheel(made.index, "greeting", "2.0")
    made.make("import polite", "-r base/base.txt\ngreeting\n")
    assert made.shipped() == {"greeting": "1.0", "polite": "3.0"}


def test_compiled_code_that_was_built_here_is_refused_and_says_what_would_help(made: Project) -> None:
    source(made.folder / "libs/fast", "fast", tag="py3-none-linux_x86_64")
    made.make("", "./libs/fast\n")
    told = made.refused()
    assert told.startswith("requirements.txt:1: dependency fast has no wheel for ")
    assert "it has compiled code" in told
    (made.folder / "libs/fast").rename(made.folder / "libs/other")
    (made.folder / "requirements.txt").write_text("\n./libs/other\n")
    assert made.refused().startswith("requirements.txt:2: dependency fast has no wheel for ")
    assert "build one for that platform and name its folder with --find-links" in told


def test_hashes_that_the_app_lists_are_kept_to(made: Project) -> None:
    made.make("", f"greeting==1.0 --hash=sha256:{'0' * 64}\n")
    assert made.refused().startswith("requirements.txt:1: ")


def test_the_wheel_fits_the_c_library_of_each_python(made: Project) -> None:
    wheel(made.index, "fast", "1.0", "py3-none-manylinux_2_17_x86_64")
    wheel(made.index, "fast", "2.0", "py3-none-manylinux_2_34_x86_64")
    for python, version in (("3.11", "1.0"), ("3.12", "2.0")):
        made.make("", "fast\n", portable=f'python = "{python}"\n')
        assert made.shipped() == {"fast": version}, python


def test_what_importlib_metadata_reads_ships_and_names_files_that_are_there(made: Project) -> None:
    made.make("import greeting", "greeting\n")
    made.package()
    found = PathDistribution(made.bundle / "greeting-1.0.dist-info")
    assert found.version == "1.0"
    assert [point.value for point in found.entry_points] == ["greeting:main"]
    files = [str(path) for path in found.files or ()]
    assert "greeting/__init__.py" in files
    assert all((made.bundle / path).is_file() for path in files)


def test_what_an_extra_of_the_hosts_distribution_brings_ships(made: Project) -> None:
    wheel(
        made.index,
        "boto3",
        "1.40.0",
        needs='Provides-Extra: crt\nRequires-Dist: botocore>=1.40\nRequires-Dist: awscrt; extra == "crt"',
    )
    wheel(made.index, "botocore", "1.40.0")
    wheel(made.index, "awscrt", "0.28")
    made.make("import boto3", "boto3[crt]\n")
    assert made.shipped() == {"awscrt": "0.28"}
    assert made.package()["provided"] == ["boto3", "botocore"]
    made.make("import boto3", "boto3[crt]\n", portable="provided = false\n")
    assert made.shipped() == {"awscrt": "0.28", "boto3": "1.40.0", "botocore": "1.40.0"}


def test_a_distribution_that_ships_gets_the_botocore_that_it_asks_for(made: Project) -> None:
    wheel(made.index, "botocore", "1.39.0")
    wheel(made.index, "aiothing", "1.0", needs="Requires-Dist: botocore==1.39.0")
    made.make("import aiothing", "aiothing\n")
    assert made.shipped() == {"aiothing": "1.0", "botocore": "1.39.0"}


def test_the_boto3_of_the_drivers_ships_beside_a_botocore_that_is_pinned_and_when_the_host_is_not_trusted(
    made: Project,
) -> None:
    wheel(made.index, "boto3", "1.40.0", needs="Requires-Dist: botocore>=1.39")
    wheel(made.index, "botocore", "1.39.0")
    wheel(made.index, "botocore", "1.40.0")
    sends = (
        "from typing import Annotated\nfrom portable import Queue, QueueSender, function, http\njobs = Queue('jobs')\n"
    )
    for requirements, portable, shipped in (
        ("botocore==1.39.0\n", "", {"boto3": "1.40.0", "botocore": "1.39.0"}),
        ("", "provided = false\n", {"boto3": "1.40.0", "botocore": "1.40.0"}),
        ("greeting\n", "", {"greeting": "1.0"}),
    ):
        made.make(requirements=requirements, portable=portable)
        handler = APP.format(imports="").replace("root()", "root(to: Annotated[QueueSender, jobs])")
        (made.folder / "app.py").write_text(sends + handler)
        assert made.shipped() == shipped


def test_an_import_that_no_dependency_provides_is_an_error_with_its_place(made: Project) -> None:
    made.make("def late():\n    import nowhere_at_all\n", "greeting\n")
    assert made.refused().startswith("app.py:3: the app imports nowhere_at_all, which no declared")


def test_what_only_this_machine_has_reaches_the_providers_build_as_a_wheel(made: Project) -> None:
    source(made.folder / "libs/mine", "mine")
    made.make("import mine", "./libs/mine\ngreeting\n")
    manifest = made.package("gcp")
    bundle = made.folder / "dist/gcp/bundle"
    wheels = sorted(file.name for file in (bundle / "wheels").iterdir())
    assert wheels == [
        "functions_framework-3.8.0-py3-none-any.whl",
        "greeting-1.0-py3-none-any.whl",
        "mine-9.0-py3-none-any.whl",
    ]
    text = (bundle / "requirements.txt").read_text()
    assert text.startswith("--find-links wheels\n")
    assert {item["name"]: item["version"] for item in manifest["requirements"]}["mine"] == "9.0"
    assert str(made.folder.parent) not in text
    assert any("they were built here from source" in note for note in manifest["notes"])
    first = (bundle / "wheels/mine-9.0-py3-none-any.whl").read_bytes()
    package(made.folder, "gcp", made.folder / "dist", lambda _text: None, fresh=True)
    assert (bundle / "wheels/mine-9.0-py3-none-any.whl").read_bytes() == first


def test_the_manifest_holds_the_hash_of_every_file(made: Project) -> None:
    made.make("import greeting", "greeting\n")
    manifest = made.package()
    files = {str(path.relative_to(made.bundle)) for path in made.bundle.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == files
    assert json.loads((made.folder / "dist/aws/manifest.json").read_text())["files"] == manifest["files"]


@pytest.mark.parametrize("version", ['version = "1.2"', 'dynamic = ["version"]'])
def test_an_app_that_asks_for_its_own_version_gets_it_when_it_is_read_and_where_it_runs(
    made: Project, version: str
) -> None:
    made.make(
        "import importlib.metadata\nV = importlib.metadata.version('demo-app')", None, 'dependencies = ["greeting"]'
    )
    file = made.folder / "pyproject.toml"
    text = file.read_text().replace('version = "1.2"', version)
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    if "dynamic" in version:
        text += system
        backend = BACKEND.format(name="demo_app", version="1.2", tag="py3-none-any", needs="")
        (made.folder / "backend.py").write_text(backend.replace('"demo_app.py"', '"app.py"'))
    file.write_text(text)
    made.package()
    found = PathDistribution(made.bundle / "demo_app-1.2.dist-info")
    assert (found.metadata["Name"].replace("_", "-"), found.version) == ("demo-app", "1.2")


def test_an_app_in_a_syntax_too_new_for_the_tool_is_read_by_the_targets_python(made: Project) -> None:
    newer = next((v for v in ("3.12", "3.13") if number(v) > number(RUNNING) and find_interpreter(v)), None)
    if newer is None:
        pytest.skip("no Python 3.12 or 3.13 that is newer than the running one is on this machine")
    wheel(made.index, "only_made_here", "3.0")
    made.make(
        "type Name = str\nfrom only_made_here import WHERE", "only-made-here==3.0\n", portable=f'python = "{newer}"\n'
    )
    file = made.folder / "pyproject.toml"
    file.write_text(file.read_text().replace("no-index = true\n", ""))
    try:
        manifest = made.package()
    except PortableError as error:
        if "cannot be fetched" in str(error) or "resolve" in str(error):
            pytest.skip(f"what reading needs for another Python cannot be fetched: {error}")
        raise
    assert manifest["python"] == newer
    assert (
        b"portable.eventing.queue" in (made.bundle / "portable.pyc").read_bytes()
    )  # all public names: nobody can tell


def test_doctor_imports_what_a_handler_imports_late(made: Project) -> None:
    wheel(made.index, "broken", text="raise ImportError('libbroken.so.1: cannot open shared object file')\n")
    made.make(requirements="greeting\nbroken\n")
    (made.folder / "app.py").write_text(APP.format(imports="").replace("return", "import greeting, broken\n    return"))
    made.package()
    found = list(examine(made.folder / "dist/aws", lambda _text: None))
    assert [finding.text for finding in found if not finding.ok] == [
        "ImportError: libbroken.so.1: cannot open shared object file"
    ]


def test_an_index_that_is_only_for_what_a_source_names_is_asked_for_it_again_when_it_is_installed(
    made: Project,
) -> None:
    wheel(made.folder / "own", "private", "2.0")
    wheel(made.index, "private", "3.0")
    table = '[[tool.uv.index]]\nname = "{0}"\nurl = "{1}"\nformat = "flat"\n{2} = true\n'
    made.make("import private, greeting", None, 'dependencies = ["private", "greeting"]')
    settings = made.folder / "pyproject.toml"
    text = settings.read_text().replace("no-index = true\n", "").replace("find-links = ", "# ")
    text += table.format("own", "own", "explicit") + table.format("all", made.index, "default")
    settings.write_text(text + '[tool.uv.sources]\nprivate = { index = "own" }\n')
    assert made.shipped() == {"private": "2.0", "greeting": "1.0"}
