"""Takes the files of an app's loaded modules; returns the modules that they need: the app's own and third-party ones."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from portable.tooling.app.model import NeededImport
from portable.tooling.app.namespaces import is_namespace, modules_below
from portable.tooling.app.providers import providers
from portable.tooling.app.scan import blocks, statements, tree_of

_QUESTIONS = ("sys.version_info", "sys.platform", "os.name", "platform.", "find_spec", "__name__")
"""Names in conditions that make an import depend on the Python version or on the platform."""
_CALLED = ("import_module", "__import__")
"""Functions that import the module that they are given by name."""
_MISSING = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))

Children = Callable[[ast.AST], Iterable[ast.AST]]


class Needed(Struct, frozen=True):
    """What an app imports: modules of others, and those of its own folder by their dotted names."""

    others: tuple[NeededImport, ...]
    own: tuple[str, ...]


def needed_imports(files: Iterable[Path], folder: Path, app_modules: set[str]) -> Needed:
    """Return each module of others by its first name, with the first place that imports it and who provides it here.

    Files of the app that the given ones import, be it late or by `import_module("…")`, count too. An import under
    TYPE_CHECKING, in a `try` or `suppress` that expects it to fail, or under a question about the Python or the place, is
    not needed; what such a `try` imports instead is, unless the first is there. `app_modules` are the first names of its modules.
    """
    found: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    instead: dict[str, tuple[str, set[str]]] = {}
    reached: set[str] = set()
    waiting = list(files)
    for file in waiting:
        inside = file.is_relative_to(folder)
        place = file.relative_to(folder).as_posix() if inside else str(file)
        package = ".".join(file.relative_to(folder).parts[:-1]) if inside else ""
        tree, children = tree_of(file), _children(file)
        for dotted, line in _imports(tree, package, children):
            name = dotted.partition(".")[0]
            own_files = _files(dotted, folder)
            waiting += [one for one in own_files.values() if one not in waiting]
            reached.update(own_files)
            if not own_files and not _is_there(name, app_modules):
                found.setdefault(name, f"{place}:{line}")
                names.setdefault(name, {}).setdefault(dotted, f"{place}:{line}")
        for dotted, line, tried in _instead_of(tree, package, children):
            name = dotted.partition(".")[0]
            missing = {one for one in tried if not _is_there(one, app_modules) and not _files(one, folder)}
            if missing and not _is_there(name, app_modules) and not _files(dotted, folder):
                instead.setdefault(name, (f"{place}:{line}", missing))
    instead = {name: place_and_tried for name, place_and_tried in instead.items() if name not in found}
    if not found and not instead:
        return Needed((), tuple(sorted(reached)))
    distributions = providers({*found, *instead, *(one for _, tried in instead.values() for one in tried)})
    others: list[NeededImport] = []
    for name, where in sorted(found.items()):
        places = names[name]
        known = tuple(sorted(set(distributions.get(name, ()))))
        if known and is_namespace(name):
            for module, those, here in modules_below(places, known):
                first = next(place for dotted, place in places.items() if f"{dotted}.".startswith(f"{module}."))
                below = tuple(sorted(dotted for dotted in places if f"{dotted}.".startswith(f"{module}.")))
                others.append(NeededImport(module, first, those, here, below))
        else:
            others.append(NeededImport(name, where, known, find_spec(name) is not None, tuple(sorted(places))))
    for name, (where, tried) in sorted(instead.items()):
        unless = tuple((one, *distributions.get(one, ())) for one in sorted(tried))
        known = tuple(sorted(set(distributions.get(name, ()))))
        others.append(NeededImport(name, where, known, find_spec(name) is not None, (), unless))
    return Needed(tuple(others), tuple(sorted(reached)))


def _is_there(name: str, app_modules: set[str]) -> bool:
    """Say whether a module is part of Python, of ours, or one of the app's."""
    return name in sys.stdlib_module_names or name in app_modules or name == "portable"


def _files(dotted: str, folder: Path) -> dict[str, Path]:
    """Return the app's modules that importing a name runs, with their files: the packages above it, and itself."""
    found: dict[str, Path] = {}
    path, name = str(folder), ""  # as text: every name that a module imports is looked for
    for part in dotted.split("."):
        path, name = os.path.join(path, part), f"{name}.{part}" if name else part
        file = next(filter(os.path.isfile, (os.path.join(path, "__init__.py"), f"{path}.py")), None)
        if file is not None:
            found[name] = Path(file)
    return found


def _children(file: Path) -> Children:
    """Return what yields the nodes below one that may import. Only calls by name import in an expression."""
    source = file.read_bytes()
    return ast.iter_child_nodes if any(name.encode() in source for name in _CALLED) else blocks


def _instead_of(tree: ast.Module, package: str, children: Children) -> Iterator[tuple[str, int, set[str]]]:
    """Yield what a `try` imports instead of modules that it could not import, with the first names of those."""
    for node in statements(tree):
        if isinstance(node, ast.Try):
            tried = {name.partition(".")[0] for name, _ in _imports(ast.Module(node.body, []), package, children)}
            for handler in filter(_expects, node.handlers if tried else ()):
                found = _imports(ast.Module(handler.body, []), package, children)
                yield from ((name, line, tried) for name, line in found)


def _imports(node: ast.AST, package: str, children: Children) -> Iterator[tuple[str, int]]:
    for child in children(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from ((name, child.lineno) for name in _names(child, package))
        elif isinstance(child, ast.If) and _asks_checkers(child.test):
            for other in child.orelse:
                yield from _imports(ast.Module([other], []), package, children)
        elif isinstance(child, ast.Try) and any(_expects(handler) for handler in child.handlers):
            for part in (*child.orelse, *child.finalbody):
                yield from _imports(ast.Module([part], []), package, children)
        elif not _is_asked(child):
            if isinstance(child, ast.Call) and (name := _called(child, package)):
                yield name, child.lineno
            yield from _imports(child, package, children)


def _names(node: ast.ImportFrom, package: str) -> list[str]:
    """Return what `from a import b` may import, as dotted names; a relative one begins at the package."""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - node.level + 1] if node.level else []
    module = [*base, *([node.module] if node.module else [])]
    return [".".join(module if alias.name == "*" else [*module, alias.name]) for alias in node.names]


def _called(node: ast.Call, package: str) -> str:
    """Return the module that `import_module("…")` or `__import__("…")` names by a fixed text, "" for another call."""
    first = node.args[0] if node.args else None
    if ast.unparse(node.func).rpartition(".")[2] not in _CALLED:
        return ""
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return ""
    name = first.value.lstrip(".")
    level = len(first.value) - len(name)
    if not all(part.isidentifier() for part in name.split(".")):
        return ""
    return _names(ast.ImportFrom(name, [ast.alias("*")], level), package)[0]


def _asks_checkers(test: ast.expr) -> bool:
    """Say whether a condition only holds for a type checker."""
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    return any(ast.unparse(part).rpartition(".")[2] == "TYPE_CHECKING" for part in parts)


def _is_asked(node: ast.AST) -> bool:
    """Return whether what stands below is imported only where a question is answered with yes, or may be missing."""
    if isinstance(node, ast.If):
        return any(question in ast.unparse(node.test) for question in _QUESTIONS)
    return isinstance(node, (ast.With, ast.AsyncWith)) and any(map(_suppresses, node.items))


def _suppresses(item: ast.withitem) -> bool:
    """Return whether a context is `suppress(ImportError)`."""
    call = item.context_expr
    named = isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "suppress"
    return named and any(map(_names_missing, call.args))  # type: ignore[attr-defined]


def _expects(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler takes an import that failed."""
    return handler.type is None or _names_missing(handler.type)


def _names_missing(kind: ast.expr) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(ast.unparse(kind).rpartition(".")[2] in _MISSING for kind in kinds)
