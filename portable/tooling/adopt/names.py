"""Names: what a module binds already, and how names of functions and resources are written in portable."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from portable.tooling.adopt.source import FunctionNode

NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


def bound_in(node: ast.AST) -> set[str]:
    """Return every name that code binds: variables, functions, classes, parameters and imports."""
    found = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            found.add(child.id)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(child.name)
        elif isinstance(child, ast.arg):
            found.add(child.arg)
        elif isinstance(child, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in child.names}
        elif isinstance(child, ast.ExceptHandler) and child.name:
            found.add(child.name)
    return found


def loaded_in(node: ast.AST) -> set[str]:
    """Return every name that code reads, also in annotations that are text and in `__all__`."""
    found = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    for child in ast.walk(node):
        quoted = [getattr(child, "annotation", None), getattr(child, "returns", None)]
        if isinstance(child, ast.Assign) and any(dotted(target) == "__all__" for target in child.targets):
            quoted.append(child.value)
        for part in (item for whole in quoted if whole is not None for item in ast.walk(whole)):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                found |= set(re.findall(r"[A-Za-z_]\w*", part.value))
    return found


def dotted(node: ast.AST | None) -> str:
    """Return a name with dots, such as "app.current_request"; "" for another expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def resource_name(text: str) -> str:
    """Return the nearest name that a function or a resource of portable may have."""
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text).lower()).strip("-")
    name = name[:40].rstrip("-")
    if not re.match(r"[a-z]", name):
        name = f"x-{name}"[:40].rstrip("-")
    return name if NAME.fullmatch(name) else f"{name}-1"


def variable_name(name: str, taken: Iterable[str], suffix: str) -> str:
    """Return a variable for something of this name that is not taken."""
    found = re.sub(r"\W+", "_", name)
    found = found if found.isidentifier() else f"_{found}"
    taken = set(taken)
    for candidate in (found, f"{found}_{suffix}", *(f"{found}_{suffix}_{number}" for number in range(2, 99))):
        if candidate not in taken:
            return candidate
    raise AssertionError(f"all variables for {name} are taken")


def parameters_of(function: FunctionNode) -> list[str]:
    """Return the names of a function's plain parameters."""
    return [item.arg for item in (*function.args.posonlyargs, *function.args.args)]


def text_of(node: ast.AST | None) -> str | None:
    """Return the text of a literal, None for another expression."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def literal(node: ast.AST | None) -> object:
    """Return the value of a literal. Raises ValueError for another expression."""
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        raise ValueError("no literal") from None


def keys_of(node: ast.AST) -> tuple[tuple[str, ...], ast.AST]:
    """Return the literal keys by which a node reads nested mappings, and the mapping."""
    keys: list[str] = []
    while True:
        if isinstance(node, ast.Subscript) and text_of(node.slice):
            keys.insert(0, text_of(node.slice) or "")
            node = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            keys.insert(0, text_of(node.args[0]) or "")
            node = node.func.value
        else:
            return tuple(keys), node


def free_module(name: str, local: frozenset[str]) -> str:
    """Return the name of a module to add, which no module at the top of the app has."""
    while name in local:
        name = f"app_{name}"
    return name
