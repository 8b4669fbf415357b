"""Takes generated files and the app's files; returns the modules of portable that they import, and which so ship."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache as once
from importlib.util import find_spec
from pathlib import Path

import portable
from portable.eventing import http
from portable.tooling.cache import Cache, Kept, digest

NOT_SHIPPED = ("portable.tooling", "portable.testing", "portable.conformance")
"""Packages that never ship. Of an adapter only `runtime` may ship."""


_HTTP = "portable.eventing.http"
"""The module whose late names ship only with what names them."""
_DOTTED = re.compile(rb"\bportable(?:\.[A-Za-z_]\w*)+")


@dataclass(frozen=True, slots=True)
class RuntimeModules:
    """Portable's files by path in the bundle, and imports of portable's modules that never ship."""

    files: dict[str, bytes]
    refused: tuple[str, ...] = ()


def runtime_modules(
    sources: Mapping[str, bytes],
    first: Iterable[str],
    left_out: frozenset[str],
    packages: tuple[str, ...],
    cache: Cache,
) -> RuntimeModules:
    """Return the modules of `packages` that sources reach, `first` among them.

    Imports are followed wherever they stand but under `if TYPE_CHECKING:`, and from one of our modules not into
    `left_out`. What the app imports of `left_out` itself ships, with all that it imports.
    """
    texts = {path: text for path, text in sources.items() if path.endswith(".py") and b"portable" in text}
    names, refused = _FOLLOWED(_Following(texts, tuple(first), left_out, packages), cache)
    roots = {package: _root(package) for package in packages}
    files = {}
    for name in names:
        file = _file(name, roots)
        if file is not None:
            relative = file.relative_to(roots[name.partition(".")[0]].parent)
            files[relative.as_posix()] = file.read_bytes()
    return RuntimeModules(files, tuple(refused))


@once
def stamp(packages: tuple[str, ...]) -> str:
    """Return a text that changes with every file of portable's packages."""
    parts = []
    for package in packages:
        for file in sorted(_root(package).rglob("*.py")):
            found = file.stat()
            parts.append(f"{file}:{found.st_size}:{found.st_mtime_ns}")
    return digest(parts)


@dataclass(frozen=True, slots=True)
class _Following:
    texts: Mapping[str, bytes]
    first: tuple[str, ...]
    left_out: frozenset[str]
    packages: tuple[str, ...]


def _key(given: _Following) -> str:
    texts = (part for item in sorted(given.texts.items()) for part in item)
    return digest([stamp(given.packages), *sorted(given.first), "", *sorted(given.left_out), "", *texts])


def _follow(given: _Following) -> tuple[list[str], list[str]]:
    """Return the names of our modules that ship, and sentences on those that an app imports and that never do."""
    roots = {package: _root(package) for package in given.packages}
    waiting = list(given.first)
    refused = []
    for path, text in sorted(given.texts.items()):
        for name in imported_modules(text):
            if name.partition(".")[0] not in roots:
                continue
            if _ships(name):
                waiting.append(name)
            elif _file(name, roots) is not None:
                refused.append(f"{path} imports {name}, which does not ship")
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or not _ships(name) or name.partition(".")[0] not in roots:
            continue
        file = _file(name, roots)
        if file is None:
            continue
        found.add(name)
        parent = name.rpartition(".")[0]
        waiting += [parent] if parent else []
        if name != "portable":  # its names are followed one by one, see _HOMES
            not_from_here = frozenset[str]() if name in given.left_out else given.left_out
            waiting += (other for other in imported_modules(file.read_bytes()) if other not in not_from_here)
    return sorted(found), sorted(set(refused))


_FOLLOWED = Kept(
    "runtime", _follow, _key, lambda made: json.dumps(made).encode(), lambda entry, _: tuple(json.loads(entry))
)


def imported_modules(source: bytes) -> Iterator[str]:
    """Yield every module a source may import at run time; of `from a import b` both a and a.b.

    A name taken from `portable` itself yields the module it lives in. A source that this Python cannot parse, because it
    is written for a newer one, is taken to use every public name.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        yield from (found.decode() for found in _DOTTED.findall(source))
        yield from (*_member("portable", "*"), *_member(_HTTP, "*"))
        return
    aliases: set[str] = set()
    http_names: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
                if alias.name.partition(".")[0] == "portable" and (alias.name == "portable" or not alias.asname):
                    aliases.add(alias.asname or "portable")
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            for alias in node.names:
                yield from _member(node.module, alias.name)
                if f"{node.module}.{alias.name}" in ("portable.http", _HTTP):
                    http_names.add(alias.asname or alias.name)
    if aliases or b"import_module(" in source or b"__import__(" in source:
        yield from _named(tree, aliases)
    if aliases or http_names:
        yield from _late_in(tree, http_names)


def _late_in(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """Yield the modules of what an expression such as `http.Header` needs; `names` are what `http` is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in http._LATE:
            owner = node.value
            if (owner.id in names) if isinstance(owner, ast.Name) else _last_name(owner) == "http":
                yield from _member(_HTTP, node.attr)


def _named(tree: ast.Module, aliases: set[str]) -> Iterator[str]:
    """Yield the modules that expressions name: `portable.Queue`, `import_module("a.b")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield from _member("portable", node.attr)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called.endswith(("import_module", "__import__")) and isinstance(node.args[0].value, str):
                yield node.args[0].value


def _member(module: str, name: str) -> Iterator[str]:
    if module == _HTTP:
        yield from (f"portable.eventing.{home}" for late, home in http._LATE.items() if name in (late, "*"))
    elif module != "portable":
        yield f"{module}.{name}"
    elif name == "*":
        yield from (f"portable.{home}" for home, *_ in _homes())
    else:
        homes = [home for home, *names in _homes() if name in names]
        yield f"portable.{homes[0]}" if homes else f"portable.{name}"


@once
def _homes() -> list[list[str]]:
    """Return each module that has public names, with those names after it."""
    return [[*line.split()] for line in portable._HOMES.split("\n") if line]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements below a node, without the bodies of `if TYPE_CHECKING:`."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, field, ()):
            if isinstance(child, ast.If) and _last_name(child.test) == "TYPE_CHECKING":
                for other in child.orelse:
                    yield other
                    yield from _statements(other)
                continue
            yield child
            yield from _statements(child)


def _last_name(node: ast.expr) -> str | None:
    """Return the name of a name or an attribute."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _ships(name: str) -> bool:
    package, *inside = name.split(".")
    if package != "portable":
        return inside[:1] in ([], ["runtime"])
    return not any(name == kept or name.startswith(f"{kept}.") for kept in NOT_SHIPPED)


def _root(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {package} is not installed", name=package)
    return Path(spec.origin).parent


def _file(name: str, roots: Mapping[str, Path]) -> Path | None:
    first, *rest = name.split(".")
    path = roots[first].joinpath(*rest)
    for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
        if (rest and file.is_file()) or (not rest and file.name == "__init__.py"):
            return file
    return None
