"""Takes a pyproject.toml with dependencies in another tool's tables; returns the file for a build backend, or raises.

uv and pip read only [project]. A table that they ignore is an error here; otherwise a private distribution could be replaced
by a public one with the same name, or be missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.depend.uv_settings import place_of, read_toml

WAY_OUT = "list the dependencies in [project] dependencies, or export them to requirements.txt"
UNREAD = {
    "Pipfile": ("packages",),
    "pixi.toml": ("dependencies", "pypi-dependencies"),
    "environment.yml": (),
    "environment.yaml": (),
    "pylock.toml": ("packages",),
    "requirements.in": (),
    "requirements/base.txt": (),
    "requirements/prod.txt": (),
}
"""Files of other tools that list dependencies, and the tables that do."""


def refuse_ignored(document: Mapping[str, Any], file: Path) -> None:
    """Refuse what stands beside [project] dependencies and would change them: another tool's sources and indexes."""
    tool = document.get("tool", {})
    for name in ("poetry", "pdm"):
        table = tool.get(name, {})
        if table.get("source") and not tool.get("uv", {}).get("index"):
            place = place_of(file, rf"\[\[?tool\.{name}\.source")
            raise PortableError(
                f"{place}: uv does not read [[tool.{name}.source]]: name the index in [[tool.uv.index]]"
            )
    for name, given in _poetry(document).items():
        entries = given if isinstance(given, list) else [given]
        keys = {key for entry in entries if isinstance(entry, dict) for key in entry}
        found = sorted(keys & {"path", "git", "url", "source", "develop"})
        static = "dependencies" in document.get("project", {})
        if found and (static or "source" in found):
            place = place_of(file, rf"^\s*[\"']?{re.escape(name)}[\"']?\s*=")
            raise PortableError(
                f"{place}: uv does not read the {found[-1]} of {name} in [tool.poetry.dependencies]: write it in [tool.uv.sources] and {name} in [project] dependencies"
            )
    resolution = tool.get("pdm", {}).get("resolution", {})
    for key in ("overrides", "excludes"):
        if resolution.get(key):
            place = place_of(file, r"\[tool\.pdm\.resolution")
            raise PortableError(
                f"{place}: uv does not read {key} of [tool.pdm.resolution]: write override-dependencies in [tool.uv]"
            )


def built(project: Path, document: Mapping[str, Any]) -> Path | None:
    """Return the file that uv has a build backend read, for a project without [project]; None when there is none."""
    file = project / "pyproject.toml"
    if "project" not in document and _tables(document):
        if "build-backend" in document.get("build-system", {}):
            refuse_ignored(document, file)
            return file
        return None
    for name in ("setup.py", "setup.cfg"):
        found = project / name
        if "project" not in document and found.is_file() and "install_requires" in found.read_text("utf-8", "replace"):
            return found
    return None


def refuse_unread(project: Path, document: Mapping[str, Any]) -> None:
    """Refuse dependencies that nothing here reads, when no file that is read lists any."""
    file = project / "pyproject.toml"
    for table in _tables(document):
        place = place_of(file, rf"^\s*\[{re.escape(table)}")
        missing = "" if "project" in document else " and there is no [build-system] to ask"
        raise PortableError(f"{place}: uv does not read [{table}]{missing}: {WAY_OUT}")
    for name, tables in UNREAD.items():
        found = project / name
        if not found.is_file():
            continue
        listed = read_toml(found) if tables else {}
        if not tables or any(listed.get(table) for table in tables):
            raise PortableError(f"{found}: its dependencies are not read here: {WAY_OUT}")


def _tables(document: Mapping[str, Any]) -> list[str]:
    """Return the tables of other tools that list what the app needs at run time."""
    tool = document.get("tool", {})
    found = {
        "tool.poetry.dependencies": _poetry(document),
        "tool.pdm.dependencies": tool.get("pdm", {}).get("dependencies"),
        "tool.flit.metadata": tool.get("flit", {}).get("metadata", {}).get("requires"),
        "tool.pixi.dependencies": tool.get("pixi", {}).get("dependencies"),
        "tool.pixi.pypi-dependencies": tool.get("pixi", {}).get("pypi-dependencies"),
    }
    return [name for name, listed in found.items() if listed]


def _poetry(document: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = document.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return {name: given for name, given in listed.items() if name.lower() != "python"}
