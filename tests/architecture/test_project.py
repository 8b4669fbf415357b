"""What a stranger meets: the README's commands, links that resolve, nothing of one machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from architecture.tracked import ROOT, name, tracked

DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]
TEXTS = [
    path for path in tracked() if path.suffix in (".py", ".md", ".toml", ".cfg", ".ini", ".json", ".txt", ".yml", "")
]
REGISTRIES = re.compile(
    r"(?i)\b(?:pypi\.org|files\.pythonhosted\.org|test\.pypi\.org|registry\.npmjs\.org|index\.crates\.io|conda\.anaconda\.org"
    r"|proxy\.golang\.org)\b"
)
MACHINE = re.compile(r"(?<![\w.])/(?:root|home/\w+|work|Users/\w+)/\w")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def text(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def test_the_readme_opens_with_the_two_commands() -> None:
    top = "\n".join(text(ROOT / "README.md").splitlines()[:25])
    assert "portable package samples/photos --target" in top
    assert "nox -s tests" in top
    commands = re.findall(r"```\n(.+?)\n```", top, re.DOTALL)
    assert len(commands) >= 2


def test_no_tracked_file_names_a_package_registry() -> None:
    own = {name(Path(__file__))}
    assert [name(path) for path in TEXTS if name(path) not in own and REGISTRIES.search(text(path))] == []


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    own = {name(Path(__file__))}
    found = {
        name(path): match.group() for path in TEXTS if name(path) not in own and (match := MACHINE.search(text(path)))
    }
    assert found == {}


def test_no_lock_file_or_secret_is_tracked() -> None:
    names = {path.name for path in tracked()}
    assert not names & {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json", ".env", ".portable.env"}
    assert not any(path.suffix in (".pem", ".key", ".pyc", ".zip") for path in tracked())


@pytest.mark.parametrize("path", DOCUMENTS, ids=[name(path) for path in DOCUMENTS])
def test_links_between_documents_resolve(path: Path) -> None:
    for target in LINK.findall(text(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), f"{name(path)} links to {target}, which is not there"
        if anchor and found.suffix == ".md":
            assert anchor in anchors(text(found)), f"{name(path)} links to {target}, but there is no such heading"


def anchors(document: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", document)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_what_the_wheel_holds_is_what_is_there() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert (ROOT / package).is_dir(), package
    for point in project["project"]["entry-points"]["portable.targets"].values():
        module = point.partition(":")[0].replace(".", "/")
        assert (ROOT / "adapters" / f"{module}.py").is_file(), f"{point} is not there"


def test_the_licence_is_there() -> None:
    assert "Apache License" in text(ROOT / "LICENSE")
