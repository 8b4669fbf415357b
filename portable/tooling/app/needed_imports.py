"""The files of an app's loaded modules -> the modules that they cannot do without: the app's own, and those of others."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from portable.tooling.app.model import NeededImport
from portable.tooling.app.providers import providers

_QUESTIONS = ("sys.version_info", "sys.platform", "os.name", "platform.", "find_spec", "__name__")
"""What a condition asks when an import below it is not for every Python or place, or not for the host."""
_MISSING = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))


@dataclass(frozen=True, slots=True)
class Needed:
    """What an app imports: modules of others, and those of its own folder by their dotted names."""

    others: tuple[NeededImport, ...]
    own: tuple[str, ...]


def needed_imports(files: Iterable[Path], folder: Path, own: set[str]) -> Needed:
    """Return each module of others by its first name, with the first place that imports it and who provides it here.

    Files of the app that the given ones import, be it late, count too. An import under TYPE_CHECKING, in a `try` or
    `suppress` that expects it to fail, or under a question about the Python or the place, is not needed. `own` are the
    app's modules.
    """
    found: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    reached: set[str] = set()
    waiting = list(files)
    for file in waiting:
        inside = file.is_relative_to(folder)
        place = file.relative_to(folder).as_posix() if inside else str(file)
        package = ".".join(file.relative_to(folder).parts[:-1]) if inside else ""
        for dotted, line in _imports_of(file, package):
            name = dotted.partition(".")[0]
            mine = _files(dotted, folder)
            waiting += [one for one in mine.values() if one not in waiting]
            reached.update(mine)
            if not mine and name not in sys.stdlib_module_names and name not in own and name != "portable":
                found.setdefault(name, f"{place}:{line}")
                names.setdefault(name, set()).add(dotted)
    if not found:
        return Needed((), tuple(sorted(reached)))
    held = providers(set(found))
    others = tuple(
        NeededImport(
            name,
            where,
            tuple(sorted(held.get(name, ()))),
            find_spec(name) is not None,
            tuple(sorted(names[name])),
        )
        for name, where in sorted(found.items())
    )
    return Needed(others, tuple(sorted(reached)))


def _files(dotted: str, folder: Path) -> dict[str, Path]:
    """Return the app's modules that importing a name runs, with their files: the packages above it, and itself."""
    found: dict[str, Path] = {}
    path, name = folder, ""
    for part in dotted.split("."):
        path, name = path / part, f"{name}.{part}" if name else part
        file = next((one for one in (path / "__init__.py", path.with_name(f"{part}.py")) if one.is_file()), None)
        if file is not None:
            found[name] = file
    return found


def _imports_of(file: Path, package: str) -> list[tuple[str, int]]:
    try:
        return list(_imports(ast.parse(file.read_text(encoding="utf-8")), package))
    except (SyntaxError, UnicodeDecodeError):
        return []


def _imports(node: ast.AST, package: str) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from ((name, child.lineno) for name in _names(child, package))
        elif isinstance(child, ast.If) and ast.unparse(child.test).rpartition(".")[2] == "TYPE_CHECKING":
            for other in child.orelse:
                yield from _imports(ast.Module([other], []), package)
        elif isinstance(child, ast.Try) and any(_expects(handler) for handler in child.handlers):
            for part in (*child.orelse, *child.finalbody):
                yield from _imports(ast.Module([part], []), package)
        elif not _is_asked(child):
            yield from _imports(child, package)


def _names(node: ast.ImportFrom, package: str) -> list[str]:
    """Return what `from a import b` may import, as dotted names; a relative one begins at the package."""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - node.level + 1] if node.level else []
    module = [*base, *([node.module] if node.module else [])]
    return [".".join(module if alias.name == "*" else [*module, alias.name]) for alias in node.names]


def _is_asked(node: ast.AST) -> bool:
    """Say whether what stands below is imported only where a question is answered with yes, or may be missing."""
    if isinstance(node, ast.If):
        return any(question in ast.unparse(node.test) for question in _QUESTIONS)
    return isinstance(node, (ast.With, ast.AsyncWith)) and any(map(_suppresses, node.items))


def _suppresses(item: ast.withitem) -> bool:
    """Say whether a context is `suppress(ImportError)`."""
    call = item.context_expr
    named = isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "suppress"
    return named and any(map(_names_missing, call.args))  # type: ignore[attr-defined]


def _expects(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler takes an import that failed."""
    return handler.type is None or _names_missing(handler.type)


def _names_missing(kind: ast.expr) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(ast.unparse(kind).rpartition(".")[2] in _MISSING for kind in kinds)
