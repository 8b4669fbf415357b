"""An app's folder -> what its source says without running it: decorated functions and imported modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SKIPPED = frozenset(("tests", "test", "__pycache__", "node_modules", "dist", "build", "venv", "env"))


@dataclass(frozen=True, slots=True)
class Decorated:
    """A `def` under `@function`: its name, file and first line; `inside` is the class or function around it."""

    name: str
    file: Path
    line: int
    inside: str | None


def source_files(folder: Path) -> list[Path]:
    """Return the Python files of an app, tests, hidden folders and virtual environments left out; sorted."""
    return sorted(_walk(folder))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in _SKIPPED:
            continue
        if path.is_dir():
            if not (path / "pyvenv.cfg").exists():
                yield from _walk(path)
        elif path.suffix == ".py" and not path.name.startswith("test_") and path.name != "conftest.py":
            yield path


def decorated(file: Path) -> list[Decorated]:
    """Return the functions of a file that are decorated with portable's `function`; none when it is not Python."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return []
    names, modules = _names_of_function(tree)
    found: list[Decorated] = []

    def visit(node: ast.AST, inside: str | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if any(_is_function(decorator, names, modules) for decorator in child.decorator_list):
                    line = min(decorator.lineno for decorator in child.decorator_list)
                    found.append(Decorated(child.name, file, line, inside))
                visit(child, f"the function {child.name}")
            elif isinstance(child, ast.ClassDef):
                visit(child, f"the class {child.name}")
            else:
                visit(child, inside)

    visit(tree, None)
    return found


def imported(file: Path) -> set[str]:
    """Return the first names of the modules that a file imports anywhere."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.partition(".")[0])
    return names


def _names_of_function(tree: ast.Module) -> tuple[set[str], set[str]]:
    names: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("portable", "portable.compute.function"):
            names.update(alias.asname or "function" for alias in node.names if alias.name in ("function", "*"))
        elif isinstance(node, ast.Import):
            modules.update(alias.asname or alias.name for alias in node.names if alias.name == "portable")
    return names, modules


def _is_function(decorator: ast.expr, names: set[str], modules: set[str]) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(called, ast.Name):
        return called.id in names
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "function"
        and isinstance(called.value, ast.Name)
        and called.value.id in modules
    )
