"""Takes an app's folder or file; returns its `Settings`: [tool.portable] of pyproject.toml, overridden by a target's table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from portable.errors import PortableError
from portable.tooling.app.http_settings import PLAIN, HttpSettings, http_settings
from portable.tooling.app.http_settings import TABLE as HTTP
from portable.tooling.app.requires import fits

KEYS = {
    "name": str,
    "modules": list,
    "python": str,
    "architecture": str,
    "include": list,
    "exclude": list,
    "provided": bool,
    "otel": bool,
}
"""What [tool.portable] may hold beside one table per target, and the type of each."""
TABLES = frozenset({"dev", HTTP})
"""The tables of a command and of all routes, which are no targets."""
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class SettingsError(PortableError):
    """The app's settings are wrong. The message names the file and the allowed values."""


class Settings(Struct, frozen=True):
    """The settings of one app for one target.

    `folder` is where the app's modules are imported from, and what ships; `project` holds pyproject.toml, `folder`
    itself unless the package lies in `src/`. `python` is None when the target decides, among what `requires_python`
    admits. `provided` says whether distributions that the host has are left to it; None leaves them unless the app
    needs another version. `apart` are patterns of the sources whose functions this target does not get: what `exclude`
    names, and modules that only other tables name. `version` is the project's own, "" where it is not written there. `table` is the target's own part of its table,
    `http` what holds for all routes. `otel` says whether calls are spans of OpenTelemetry.
    """

    folder: Path
    project: Path
    name: str
    modules: tuple[str, ...]
    python: str | None = None
    requires_python: str = ""
    architecture: str = "x86_64"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    dependencies: tuple[str, ...] | None = None
    provided: bool | None = None
    apart: tuple[str, ...] = ()
    version: str = ""
    table: Mapping[str, object] | None = None
    http: HttpSettings = PLAIN
    otel: bool = False


def load_settings(app: Path, target: str | None = None, targets: Iterable[str] = ()) -> Settings:
    """Return the settings of the app in a folder or a file, for a target. Raises SettingsError."""
    if not app.exists():
        raise SettingsError(f"{app} does not exist: give the folder or the file of an app")
    if app.is_file() and app.suffix != ".py":
        raise SettingsError(f"{app} is not a Python file")
    project = (app if app.is_dir() else app.parent).resolve()
    file = project / "pyproject.toml"
    document = _document(file)
    table = _table(document, "tool", "portable", file=file)
    known = frozenset(targets)
    given = _checked(table, known | TABLES, file)
    target_table = _table(table, target, file=file) if target else {}
    given |= _checked({key: value for key, value in target_table.items() if key in KEYS}, frozenset(), file)
    metadata = _table(document, "project", file=file)
    name = given.get("name") or _name(str(metadata.get("name") or project.name))
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"{key_place(file, 'name')}: name {name!r} must consist of lower-case letters, digits and -, starting with a letter"
        )
    folder, modules = _modules(project, app, given.get("modules"), metadata.get("name"))
    return Settings(
        folder=folder,
        project=project,
        name=name,
        modules=modules,
        python=given.get("python"),
        requires_python=_requires_python(metadata, file),
        architecture=given.get("architecture", "x86_64"),
        include=tuple(given.get("include", ())),
        exclude=tuple(given.get("exclude", ())),
        dependencies=_dependencies(metadata, file),
        provided=given.get("provided"),
        apart=(*given.get("exclude", ()), *_named_elsewhere(table, modules)),
        version=_written_version(metadata),
        table={key: value for key, value in target_table.items() if key not in KEYS},
        http=http_settings(_table(table, HTTP, file=file), lambda key: key_place(file, key)),
        otel=given.get("otel", False),
    )


def _written_version(metadata: Mapping[str, Any]) -> str:
    found = metadata.get("version")
    return found if isinstance(found, str) else ""


def tables_of(app: Path) -> frozenset[str]:
    """Return the names of the tables under [tool.portable], which are those of targets. Raises SettingsError."""
    file = (app if app.is_dir() else app.parent).resolve() / "pyproject.toml"
    table = _table(_document(file), "tool", "portable", file=file)
    return frozenset(key for key, value in table.items() if isinstance(value, dict)) - TABLES


def table_of(project: Path, name: str) -> dict[str, Any]:
    """Return the table [tool.portable.<name>] of a project, empty if it has none. Raises SettingsError."""
    file = project / "pyproject.toml"
    return _table(_document(file), "tool", "portable", name, file=file)


def _document(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    import tomllib  # it takes as long as all settings, and not every app has some

    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise unreadable(file, error) from error


def unreadable(file: Path, error: Exception) -> SettingsError:
    """Return the error for a file of TOML that cannot be read, with its line where that is known."""
    line = re.search(r"at line (\d+)", str(error))
    return SettingsError(f"{file}:{line[1]}: {error}" if line else f"{file}: {error}")


def key_place(file: Path, key: str) -> str:
    """Return "file:line" of a key or table of [tool.portable], the file alone where it is not found."""
    written = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=|\s*\[tool\.portable\.["']?{re.escape(key)}["']?\]""")
    inside = False
    if not file.is_file():
        return str(file)
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        inside = line.strip().startswith("[tool.portable") if line.strip().startswith("[") else inside
        if inside and written.match(line):
            return f"{file}:{number}"
    return str(file)


def _table(document: Mapping[str, Any], *path: str, file: Path) -> dict[str, Any]:
    found: Any = document
    for key in path:
        found = found.get(key, {})
        if not isinstance(found, dict):
            raise SettingsError(f"{file}: {key} must be a table")
    return dict(found)


def _checked(table: Mapping[str, Any], targets: frozenset[str], file: Path) -> dict[str, Any]:
    """Return portable's keys in a table. Raises SettingsError for an unknown key or a value of another type."""
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key in targets and isinstance(value, dict):
            continue
        kind = KEYS.get(key)
        if kind is None:
            tables = "".join(f", [tool.portable.{target}]" for target in sorted(targets))
            raise SettingsError(
                f"{key_place(file, key)}: [tool.portable] has no {key!r}; it may hold {', '.join(KEYS)}{tables}"
            )
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not isinstance(value, kind) or (kind is list and not texts):
            wanted = {list: "a list of strings", bool: "true or false"}.get(kind, "a string")
            raise SettingsError(f"{key_place(file, key)}: {key} in [tool.portable] must be {wanted}, not {value!r}")
        given[key] = value
    return given


def _requires_python(metadata: Mapping[str, Any], file: Path) -> str:
    found = metadata.get("requires-python", "")
    try:
        fits(found, "3.11")
    except (ValueError, AttributeError) as error:
        raise SettingsError(f'{file}: requires-python must be a specifier such as ">=3.11", not {found!r}') from error
    return str(found)


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "app"


def _modules(project: Path, app: Path, given: list[str] | None, package: object) -> tuple[Path, tuple[str, ...]]:
    """Return the folder that modules are imported from, and the modules that declare the functions."""
    if app.is_file():
        return project, (app.stem,)
    names = given if given is not None else ["app", "main"]
    if given is None and isinstance(package, str):
        names = [*names, re.sub(r"[-.]+", "_", package.lower())]
    for folder in (project, project / "src"):
        found = [name for name in names if _is_module(folder, name)]
        if given is not None and len(found) == len(names) and names:
            return folder, tuple(names)
        if given is None and found:
            return folder, (found[0],)
    if given is not None:
        missing = [name for name in names if not _is_module(project, name)]
        raise SettingsError(f"{project} has no module {', '.join(missing) or '(modules is empty)'}")
    raise SettingsError(
        f"{project} has no {', '.join(f'{name}.py' for name in names)}: "
        "name the app's file, or its modules in [tool.portable] modules"
    )


def _named_elsewhere(table: Mapping[str, Any], modules: tuple[str, ...]) -> list[str]:
    """Return the files of modules that [tool.portable] or the table of any target names, but that do not count here."""
    tables = [table, *(value for value in table.values() if isinstance(value, dict))]
    lists = [found["modules"] for found in tables if isinstance(found.get("modules"), list)]
    others = sorted({str(name) for names in lists for name in names} - set(modules))
    return [f"/{name.replace('.', '/')}{end}" for name in others for end in (".py", "/__init__.py")]


def _is_module(folder: Path, name: str) -> bool:
    path = folder.joinpath(*name.split("."))
    return path.with_name(f"{path.name}.py").is_file() or (path.is_dir() and any(path.glob("*.py")))


def _dependencies(metadata: Mapping[str, Any], file: Path) -> tuple[str, ...] | None:
    """Return [project] dependencies; None when the project does not list them there."""
    if "dependencies" not in metadata:
        return None
    found = metadata["dependencies"]
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise SettingsError(f"{file}: dependencies in [project] must be a list of strings")
    return tuple(found)
