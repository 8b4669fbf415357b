"""The files of an app's loaded modules -> the modules of others that they cannot do without, and who provides them here."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from portable.tooling.app.model import NeededImport

_MISSING = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))


def needed_imports(files: Iterable[Path], folder: Path, own: set[str]) -> tuple[NeededImport, ...]:
    """Return each module by its first name, with the first place that imports it.

    An import under TYPE_CHECKING, or in a `try` that expects it to fail, is not needed. `own` are the app's modules.
    """
    found: dict[str, str] = {}
    for file in files:
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        place = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
        for name, line in _imports(tree):
            if name not in sys.stdlib_module_names and name not in own and name != "portable":
                found.setdefault(name, f"{place}:{line}")
    if not found:
        return ()
    from importlib.metadata import packages_distributions

    providers = packages_distributions()
    return tuple(
        NeededImport(name, where, tuple(sorted(set(providers.get(name, ())))), find_spec(name) is not None)
        for name, where in sorted(found.items())
    )


def _imports(node: ast.AST) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name.partition(".")[0], child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            if child.module and not child.level:
                yield child.module.partition(".")[0], child.lineno
        elif isinstance(child, ast.If) and ast.unparse(child.test).rpartition(".")[2] == "TYPE_CHECKING":
            for other in child.orelse:
                yield from _imports(ast.Module([other], []))
        elif isinstance(child, ast.Try) and any(_expects(handler) for handler in child.handlers):
            for part in (*child.orelse, *child.finalbody):
                yield from _imports(ast.Module([part], []))
        else:
            yield from _imports(child)


def _expects(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler takes an import that failed."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(ast.unparse(kind).rpartition(".")[2] in _MISSING for kind in kinds)
