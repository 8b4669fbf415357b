"""Two artifacts of one app in, the functions that a change between them may reach out.

A function runs its generated module and what that imports. It is left alone only where that is certain: every changed
file is a module of the app, and none of them is among those that it imports. A change of anything else reaches all.
"""

from __future__ import annotations

import ast
import csv
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_COMPILED = re.compile(r"(?:__pycache__/)?([^/]+?)(?:\.cpython-\d+)?\.pyc$")
_DYNAMIC = re.compile(rb"\b(?:importlib|__import__|pkgutil|runpy|exec|eval|zipimport|__path__)\b")
"""What may import a module whose name is nowhere in the source."""


def reached(
    old: Mapping[str, Any], new: Mapping[str, Any], artifact: Path, modules: Mapping[str, str | None]
) -> frozenset[str]:
    """Return the names of functions that a change reaches.

    `old` and `new` are the manifests, `artifact` is the new one's bundle.zip, and `modules` has the generated module of
    each function, None for one that has none of its own.
    """
    changed = _changed(old["files"], new["files"])
    if not changed:
        return frozenset()
    with zipfile.ZipFile(artifact) as archive:
        app = _Sources(archive, new)
        closures = {name: None if module is None else app.closure(module) for name, module in modules.items()}
    known = {path for closure in closures.values() if closure is not None for path in closure}
    if not changed <= known:
        return frozenset(modules)
    return frozenset(name for name, closure in closures.items() if closure is None or closure & changed)


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> frozenset[str]:
    """Return the paths of changed files; compiled modules count as their sources."""
    paths = (path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return frozenset(_COMPILED.sub(r"\1.py", path) for path in paths)


class _Sources:
    """The modules of the app in an artifact: not those of portable, nor those that a distribution brought."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
        self._archive = archive
        self._brought = {path for record in _records(archive) for path in record}
        self._site = f"{manifest['site']}/" if manifest.get("site") else None
        self._paths = frozenset(path for path in manifest["files"] if path.endswith(".py") and self._is_own(path))
        self._imports: dict[str, frozenset[str] | None] = {}

    def closure(self, module: str) -> frozenset[str] | None:
        """Return the modules that are imported if this one is, itself among them; None where nobody can know."""
        found: set[str] = set()
        waiting = [module]
        while waiting:
            path = waiting.pop()
            if path in found or path not in self._paths:
                continue
            found.add(path)
            named = self._named(path)
            if named is None:
                return None
            waiting += [file for name in named for file in _files(name)]
        return frozenset(found) if module in found else None

    def _is_own(self, path: str) -> bool:
        if self._site is not None and path.startswith(self._site):
            return False
        return path not in self._brought

    def _named(self, path: str) -> frozenset[str] | None:
        """Return the names of the modules that a source imports, None where it may import any."""
        if path not in self._imports:
            self._imports[path] = _imported(self._archive.read(path), path)
        return self._imports[path]


def _records(archive: zipfile.ZipFile) -> Iterator[list[str]]:
    """Yield the files of each distribution in an artifact."""
    for name in archive.namelist():
        folder, _, file = name.rpartition("/")
        if file == "RECORD" and folder.endswith(".dist-info"):
            site = folder.rpartition("/")[0]
            rows = csv.reader(archive.read(name).decode("utf-8", "replace").splitlines())
            yield [f"{site}/{row[0]}".lstrip("/") for row in rows if row]


def _imported(source: bytes, path: str) -> frozenset[str] | None:
    if _DYNAMIC.search(source):
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not path.endswith("/__init__.py"):
        package = package[:-1]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names.add(base)
            names.update(f"{base}.{alias.name}".lstrip(".") for alias in node.names)
    return frozenset(names)


def _files(name: str) -> Iterator[str]:
    """Yield the files that may be imported for a dotted name: the module, and the packages around it."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        stem = "/".join(parts[:count])
        yield f"{stem}.py"
        yield f"{stem}/__init__.py"
