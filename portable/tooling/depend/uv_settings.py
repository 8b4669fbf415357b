"""Takes a project; returns its uv settings: sources of distributions, indexes, and the files that name them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from portable.tooling.app.settings import unreadable
from portable.tooling.depend.requirement_files import Line, normalised

MACHINE = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
"""Variables by which a machine, not the project, names indexes."""


class Source(Struct, frozen=True):
    """Where [tool.uv.sources] says a distribution comes from: `url` of an index, None is a path, URL, git, workspace."""

    name: str
    url: str | None
    place: str


class Index(Struct, frozen=True):
    """An index that the project's files name. `option` is how a requirements file names it, `secret` when its address
    or the environment holds credentials for it."""

    url: str
    option: str
    name: str | None = None
    secret: bool = False


def settings_files(project: Path) -> tuple[Path, ...]:
    """Return the pyproject.toml and uv.toml that uv reads: the project's and, for a workspace, those above it."""
    found = [project / name for name in ("pyproject.toml", "uv.toml") if (project / name).is_file()]
    for folder in project.parents:
        file = folder / "pyproject.toml"
        if file.is_file() and "workspace" in _uv(read_toml(file)):
            found += [folder / name for name in ("pyproject.toml", "uv.toml") if (folder / name).is_file()]
            break
    return tuple(found)


def read_toml(file: Path) -> Mapping[str, Any]:
    """Return a TOML document. Raises SettingsError naming the file and the line."""
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise unreadable(file, error) from error


def sources(project: Path) -> tuple[Source, ...]:
    """Return the sources that always hold; one with a marker holds only somewhere."""
    known = {index.name: index.url for index in indexes(project, ()) if index.name}
    found = {}
    for file in reversed(settings_files(project)):
        for name, given in _uv(read_toml(file)).get("sources", {}).items():
            entries = given if isinstance(given, list) else [given]
            if any(not isinstance(entry, dict) or "marker" in entry for entry in entries):
                continue
            index = next((entry["index"] for entry in entries if "index" in entry), None)
            place = place_of(file, rf"^\s*[\"']?{re.escape(name)}[\"']?\s*[.=]")
            url = None if index is None else known.get(index, index)
            found[normalised(name)] = Source(normalised(name), url, place)
    return tuple(found.values())


def local_sources(project: Path) -> list[str]:
    """Return the folders and files that sources and find-links of the project's own settings name."""
    tables = [(file, _uv(read_toml(file)).get("sources", {})) for file in settings_files(project)]
    found = [
        file.parent / entry["path"]
        for file, table in tables
        for given in table.values()
        for entry in (given if isinstance(given, list) else [given])
        if isinstance(entry, dict) and isinstance(entry.get("path"), str)
    ]
    urls = [index.url for index in indexes(project, ())]
    found += [Path(_plain(url, project)) for url in urls if not re.match(r"(?!file:)[a-z+]+:", url)]
    return [str(path.resolve()) for path in found if path.exists()]


def indexes(project: Path, lines: tuple[Line, ...]) -> tuple[Index, ...]:
    """Return the indexes that the project's settings and its requirements files name."""
    found = []
    for file in settings_files(project):
        document = read_toml(file)
        table = _uv(document) if file.name == "pyproject.toml" else document
        for place in (table, table.get("pip", {})):
            found += list(_of_table(place))
    for line in lines:
        option = re.fullmatch(r"(-i|--index-url|--extra-index-url|-f|--find-links)[\s=]+(\S+)", line.text)
        if option:
            kind = {"-i": "--index-url", "-f": "--find-links"}.get(option[1], option[1])
            found.append(Index(option[2], kind, None, _holds_secret(option[2])))
    return tuple(found)


def same_index(named: str, url: str, project: Path) -> bool:
    """Return whether the address of an index in a file is the one that uv tells: without credentials, paths whole."""
    return _plain(named, project) == _plain(url, project)


def _plain(url: str, project: Path) -> str:
    if re.match(r"(?!file:)[a-z+]+:", url):
        return re.sub(r"(?<=://)[^/@]*@", "", url).rstrip("/")
    path = unquote(re.sub(r"^file:(//)?", "", url))
    return os.path.realpath(project / path)


def place_of(file: Path, pattern: str) -> str:
    """Return file:line of the first line that a pattern finds, the file alone when none does."""
    try:
        for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
            if re.search(pattern, line, re.IGNORECASE):
                return f"{file}:{number}"
    except (OSError, UnicodeDecodeError):
        pass
    return str(file)


def _of_table(table: Mapping[str, Any]) -> Iterator[Index]:
    for entry in table.get("index", ()):
        url, name = str(entry.get("url", "")), entry.get("name")
        flat = entry.get("format") == "flat"
        option = "--find-links" if flat else "--index-url" if entry.get("default") else "--extra-index-url"
        variable = f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', str(name).upper())}_"
        known = any(f"{variable}{part}" in os.environ for part in ("USERNAME", "PASSWORD"))
        yield Index(url, option, name, known or entry.get("authenticate") == "always" or _holds_secret(url))
    for key in ("index-url", "extra-index-url", "find-links"):
        given = table.get(key, ())
        for url in (given,) if isinstance(given, str) else given:
            yield Index(str(url), f"--{key}", None, _holds_secret(str(url)))


def _holds_secret(url: str) -> bool:
    return "$" in url or bool(re.match(r"[a-z+]+://[^/]*@", url))


def _uv(document: Mapping[str, Any]) -> Mapping[str, Any]:
    tool = document.get("tool", {})
    found = tool.get("uv", {}) if isinstance(tool, dict) else {}
    return found if isinstance(found, dict) else {}
