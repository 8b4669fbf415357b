"""Takes an app's folder; returns what its source says without running it: decorated functions and imported modules."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from msgspec import Struct

from portable.tooling.app.apart import is_artifact, is_environment, is_other_app

MARKS = ("function", "around", "http.errors")
"""What marks a function of an app, by its name in portable."""
MOUNTS = ("http.asgi", "http.wsgi", "http.static", "http.openapi")
"""What declares an app that exists already, a static site, or the OpenAPI document of the app."""
_HOMES = ("portable.compute.function", "portable.compute.around")
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
"""The fields of nodes that hold statements or clauses with statements."""
_SKIPPED = frozenset(("tests", "test", "__pycache__", "node_modules", "dist", "build", "venv", "env"))


class Decorated(Struct, frozen=True):
    """A `def` under `@function` or another `mark`, or a mounted app: its name, file and first line.

    `inside` is the class or function around it. What is declared by a value has the name "" where nothing keeps the value.
    """

    name: str
    file: Path
    line: int
    inside: str | None
    mark: str


def source_files(folder: Path, loaded: Iterable[Path] = ()) -> list[Path]:
    """Return the Python files of an app, sorted, without tests, hidden folders and what is apart from the app.

    Files in `loaded`, whose modules the app imported, are among them whatever they are called. A link to a file or folder
    of the app is that file or folder, which is there already.
    """
    late = (file for file in loaded if file.is_relative_to(folder) and _is_skipped(file.relative_to(folder)))
    return sorted({*_walk(folder, (folder.resolve(),)), *late})


def _walk(folder: Path, roots: tuple[Path, ...]) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in _SKIPPED or _leads_back(path, roots):
            continue
        if path.is_dir():
            if not (is_environment(path) or is_artifact(path) or is_other_app(path)):
                yield from _walk(path, (*roots, path.resolve()) if path.is_symlink() else roots)
        elif path.suffix == ".py" and not _is_test(path.name) and path.is_file():
            yield path


def _leads_back(path: Path, roots: tuple[Path, ...]) -> bool:
    """Say whether a path is a link to what is walked anyway, or to a folder around it: that would never end."""
    if not path.is_symlink():
        return False
    target = path.resolve()
    return any(target.is_relative_to(root) or root.is_relative_to(target) for root in roots)


def _is_skipped(path: Path) -> bool:
    return _is_test(path.name) or not _SKIPPED.isdisjoint(path.parts)


def _is_test(name: str) -> bool:
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def tree_of(file: Path) -> ast.Module:
    """Return the syntax tree of a file as it is now, an empty one when it is not Python. Nobody may change it."""
    return _parsed(file.read_bytes())


@lru_cache(maxsize=64)
def _parsed(source: bytes) -> ast.Module:
    """Return the syntax tree of a source: several look at each file of an app one after another."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def blocks(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements, `except` and `case` clauses below a node: most of a tree are expressions, which are left out."""
    for name in _BLOCKS:
        yield from getattr(node, name, ())


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what `ast.walk` does, but only statements and clauses."""
    waiting = deque(blocks(tree))
    while waiting:
        node = waiting.popleft()
        yield node
        waiting.extend(blocks(node))


def decorated(file: Path) -> list[Decorated]:
    """Return what a file declares by one of `MARKS` or `MOUNTS` of portable; nothing when it is not Python."""
    tree = tree_of(file)
    names = _names_of_marks(tree)
    found: list[Decorated] = []

    def visit(node: ast.AST, inside: str | None) -> None:
        for child in blocks(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for mark in filter(None, (_mark(decorator, names) for decorator in child.decorator_list)):
                    line = min(decorator.lineno for decorator in child.decorator_list)
                    found.append(Decorated(child.name, file, line, inside, mark))
                visit(child, f"the function {child.name}")
            elif isinstance(child, ast.ClassDef):
                visit(child, f"the class {child.name}")
            else:
                if isinstance(child, (ast.Assign, ast.AnnAssign, ast.Expr)) and isinstance(child.value, ast.Call):
                    mount = _mark(child.value, names, MOUNTS)
                    if mount is not None:
                        found.append(Decorated(_named(child), file, child.value.lineno, inside, mount))
                visit(child, inside)

    visit(tree, None)
    return found


def _named(node: ast.Assign | ast.AnnAssign | ast.Expr) -> str:
    """Return the name that a statement gives to a value, "" for none."""
    if isinstance(node, ast.Expr):
        return ""
    return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def imported(file: Path) -> set[str]:
    """Return the first names of the modules that a file imports anywhere."""
    return {name.partition(".")[0] for name in _imports(file, "")}


def reached(modules: Iterable[ModuleType], first: Iterable[str]) -> set[str]:
    """Return the names of those modules that the `first` ones import, directly or through others."""
    known = {module.__name__: module for module in modules}
    waiting = list(first)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            package = name if hasattr(known[name], "__path__") else name.rpartition(".")[0]
            waiting += [name.rpartition(".")[0], *_imports(Path(str(known[name].__file__)), package)]
    return found


def _imports(file: Path, package: str) -> set[str]:
    """Return the names that a file imports and that may be modules; relative ones only when `package` is known."""
    names: set[str] = set()
    for node in statements(tree_of(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.level == 0 or package):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names.update((module, *(f"{module}.{alias.name}" for alias in node.names)))
    return names


def _names_of_marks(tree: ast.Module) -> dict[str, str]:
    """Return what portable's public names are called in a file: `portable` itself, and what is imported from it."""
    names: dict[str, str] = {}
    for node in statements(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("portable", *_HOMES):
            for alias in node.names:
                if alias.name == "*":
                    names |= {name: f"portable.{name}" for name in ("function", "around", "http")}
                names[alias.asname or alias.name] = f"portable.{alias.name}"
        elif isinstance(node, ast.Import):
            names.update((alias.asname or alias.name, alias.name) for alias in node.names if alias.name == "portable")
    return names


def _mark(decorator: ast.expr, names: dict[str, str], marks: tuple[str, ...] = MARKS) -> str | None:
    """Return which of `marks` a decorator or a call is, None for any other."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    parts: list[str] = []
    while isinstance(called, ast.Attribute):
        parts.insert(0, called.attr)
        called = called.value
    if not isinstance(called, ast.Name):
        return None
    found = ".".join([names.get(called.id, ""), *parts]).removeprefix("portable.")
    return found if found in marks else None
