"""Takes an app's settings; returns `Declared`: the files from which uv reads the app's requirements.

uv reads the project's own files, in the project's folder, so that sources, indexes, constraints, workspaces and
relative paths mean what they mean to uv and pip. What neither of them would read is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from portable.errors import PortableError
from portable.tooling.app.settings import Settings
from portable.tooling.depend.foreign import built, refuse_ignored, refuse_unread
from portable.tooling.depend.local import local_stamp
from portable.tooling.depend.requirement_files import Line, distribution, files_of, normalised, read_lines
from portable.tooling.depend.uv_settings import local_sources, place_of, read_toml, settings_files

PORTABLE = "portable-functions"
"""Ships as the modules that are used, never as a distribution."""
TOOLS = ("uv", "setuptools", "poetry", "pdm", "flit", "hatch")
"""Tables of pyproject.toml that may say what is installed."""
OPTIONS = {"--pre": "--prerelease=allow", "--trusted-host": "--allow-insecure-host"}
"""Options of a requirements file that uv takes on its command line only."""


class Declared(Struct, frozen=True):
    """What an app asks for.

    `files` are what uv reads, none when the app asks for nothing; `lines` what they say as far as it can be told
    without uv; `options` go to uv beside them; `read` are all files that the answer depends on, and
    `local` the folders; `dropped` are distributions that never ship as such: ours and the app's own; `built` says that a
    build backend of the project tells it.
    """

    files: tuple[Path, ...] = ()
    lines: tuple[Line, ...] = ()
    options: tuple[str, ...] = ()
    read: tuple[Path, ...] = ()
    local: tuple[str, ...] = ()
    dropped: tuple[str, ...] = (PORTABLE,)
    built: bool = False

    def stamp(self) -> str:
        """Return a text that changes with every file that is read."""
        from portable.tooling.cache import digest

        documents = [file for file in self.read if file.suffix == ".toml"]
        texts = [str(file) for file in self.read if file.suffix != ".toml"]
        settings = [repr(_told(read_toml(file))) for file in documents]
        return digest([*map(str, documents), *settings, local_stamp(texts), local_stamp(self.local)])


def _told(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what of a pyproject.toml or uv.toml bears upon dependencies; another setting changes no version."""
    rest = {key: value for key, value in document.items() if key not in ("tool", "project")}
    project = {key: value for key, value in document.get("project", {}).items() if key not in ("version", "scripts")}
    tool = {key: value for key, value in document.get("tool", {}).items() if key in TOOLS}
    return {**rest, "project": project, "tool": tool}


def declared(settings: Settings) -> Declared:
    """Return what an app asks for: [project] dependencies, else requirements.txt, else what a build backend tells.

    Raises PortableError for what cannot be read, with its place and the way out.
    """
    project, file = settings.project, settings.project / "pyproject.toml"
    document = read_toml(file) if file.is_file() else {}
    dropped = _dropped(document)
    listed = project / "requirements.txt"
    if settings.dependencies is not None:
        refuse_ignored(document, file)
        lines = tuple(_listed(text, file) for text in settings.dependencies)
        return _finished(settings, (file,), lines, dropped)
    if "dependencies" in document.get("project", {}).get("dynamic", ()):
        files = _of_setuptools(document, file)
        if files is not None:
            return _finished(settings, files, tuple(line for item in files for line in read_lines(item)), dropped)
        refuse_ignored(document, file)
        return _finished(settings, (file,), (), dropped, built=True)
    if listed.is_file():
        described = bool(document.keys() & {"project", "build-system"})
        return _of_requirements(settings, listed, dropped, described)
    found = built(project, document)
    if found is not None:
        return _finished(settings, (found,), (), dropped, built=True)
    refuse_unread(project, document)
    return Declared(read=settings_files(project), dropped=dropped)


def asks(lines: tuple[Line, ...], dropped: tuple[str, ...]) -> tuple[Line, ...]:
    """Return the lines that ask for something other than the app and us."""
    return tuple(line for line in lines if not line.limits and distribution(line.text) not in dropped)


def _of_requirements(settings: Settings, listed: Path, dropped: tuple[str, ...], described: bool) -> Declared:
    lines = tuple(read_lines(listed))
    itself = [extras for line in lines if (extras := _itself(line.text, settings.project)) is not None]
    rest = tuple(line for line in lines if _itself(line.text, settings.project) is None)
    files: tuple[Path, ...] = (listed,)
    if itself:  # what the app's own project asks for counts, the project itself ships as its files
        names = (*(["pyproject.toml"] if described else []), "setup.py", "setup.cfg")
        found = next((settings.project / name for name in names if (settings.project / name).is_file()), None)
        files = (listed, found) if found else files
    extras = tuple(f"--extra={name}" for name in sorted({name for names in itself for name in names}))
    made = _finished(settings, files, rest, dropped, len(files) > 1)
    return replace(made, options=(*made.options, *extras))


def _finished(
    settings: Settings, files: tuple[Path, ...], lines: tuple[Line, ...], dropped: tuple[str, ...], built: bool = False
) -> Declared:
    """Return a Declared; one that asks for nothing but us has no files, so that uv is not asked."""
    read = [*settings_files(settings.project), *(settings.project / name for name in ("setup.py", "setup.cfg"))]
    for file in files:
        read += files_of(file) if file.suffix not in (".toml", ".py", ".cfg") else [file]
    read += [line.file for line in lines]
    kept = tuple(dict.fromkeys(file for file in read if file.is_file()))
    options = tuple(dict.fromkeys(option for line in lines for option in _options(line.text)))
    local = [path for line in lines if (path := _local(line, settings.project))]
    local += [*local_sources(settings.project), *([str(settings.project)] if built else [])]
    return Declared(
        files if built or asks(lines, dropped) else (), lines, options, kept, tuple(sorted(set(local))), dropped, built
    )


def _local(line: Line, project: Path) -> str | None:
    """Return the folder or file of this machine that a line names."""
    text = re.sub(r"^(-e|--editable|-f|--find-links)[\s=]*|^[\w.\[\],-]+\s*@\s*", "", line.text)
    path = unquote(re.sub(r"^file:(//)?", "", text.partition(" ;")[0].partition(" --")[0].partition("[")[0].strip()))
    if re.match(r"[a-z+]+:", path) or (not re.match(r"file:|\.{0,2}/|\.", text) and "/" not in path):
        return None
    base = line.file.parent if line.text.startswith(("-f", "--find-links")) else project
    return str((base / path).resolve()) if (base / path).exists() else None


def _options(text: str) -> list[str]:
    name, _, value = text.replace("=", " ", 1).partition(" ")
    found = OPTIONS.get(name)
    return [] if found is None else [f"{found}={value.strip()}" if name == "--trusted-host" else found]


def _listed(text: str, file: Path) -> Line:
    """Return a requirement of [project] dependencies with its line."""
    _, _, number = place_of(file, rf"[\"']{re.escape(text)}[\"']").rpartition(":")
    return Line(text, file, int(number) if number.isdigit() else 1)


def _dropped(document: Mapping[str, Any]) -> tuple[str, ...]:
    name = document.get("project", {}).get("name") or document.get("tool", {}).get("poetry", {}).get("name")
    return (PORTABLE, normalised(name)) if isinstance(name, str) and normalised(name) != PORTABLE else (PORTABLE,)


def _of_setuptools(document: Mapping[str, Any], file: Path) -> tuple[Path, ...] | None:
    """Return the files of setuptools' `dependencies = {file = […]}`, which needs no backend; None for another form."""
    given = document.get("tool", {}).get("setuptools", {}).get("dynamic", {}).get("dependencies", {})
    names = given.get("file") if isinstance(given, dict) else None
    if names is None:
        return None
    files = tuple(file.parent / name for name in ([names] if isinstance(names, str) else names))
    missing = [item for item in files if not item.is_file()]
    if missing:
        place = place_of(file, re.escape(missing[0].name))
        raise PortableError(f"{place}: {missing[0].name} does not exist: correct the line or add the file")
    return files


def _itself(text: str, project: Path) -> tuple[str, ...] | None:
    """Return the extras when a requirement is the app's own project, as in `-e .[extra]`; else None."""
    match = re.fullmatch(r"(?:-e\s+|-e|--editable[\s=]+)?(?:file:(?://)?)?([./][^\[\s]*)(?:\[([^\]]*)\])?", text)
    if match is None or (project / match[1]).resolve() != project.resolve():
        return None
    return tuple(name.strip() for name in (match[2] or "").split(",") if name.strip())
