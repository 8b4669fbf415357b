"""How code uses names: the module of an app, or a test, in; the names that its functions read, assign and declare out."""

from __future__ import annotations

import ast
import dis
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

_WRITERS = frozenset(("append", "add", "extend", "update", "insert", "appendleft", "clear", "setdefault"))
_BY_NAME = frozenset(("getattr", "hasattr"))


def looked_at(function: Callable[..., Any] | None, app: Collection[str] = ()) -> frozenset[str]:
    """Return every name that the module of a test uses: what it names of the app is its own. None: no names.

    Functions that the test imported from the `app`, its modules by name, or from the kit use their own names.
    """
    found: set[str] = set()
    codes: list[CodeType] = []
    code = getattr(function, "__code__", None)
    if code is not None:
        codes.append(code)
        codes += [
            value.__code__
            for value in list(getattr(function, "__globals__", {}).values())
            if isinstance(value, FunctionType) and (value.__module__ == function.__module__ or not _is_of(value, app))
        ]
    while codes:
        code = codes.pop()
        found.update(_named(code))
        codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return frozenset(found)


def _is_of(function: FunctionType, app: Collection[str]) -> bool:
    module = str(function.__module__)
    return module in app or module.startswith("portable.")


@lru_cache(None)
def _named(code: CodeType) -> frozenset[str]:
    """Return the names that a test's code uses; what it asks of its cloud, or of what a call returned, is not the app's.

    In an assert that pytest rewrote, what a call returned is in a variable, as is a part that has been named already.
    """
    found: set[str] = set()
    of_kit = False
    for step in dis.get_instructions(code):
        attribute = step.opname in ("LOAD_ATTR", "LOAD_METHOD")
        if step.opcode in dis.hasname and not (attribute and of_kit):
            found.add(str(step.argval))
        last = step.argval[-1] if isinstance(step.argval, tuple) and step.argval else step.argval  # since Python 3.13
        returned = step.opname.startswith("CALL") or str(last).startswith("@py_assert")
        of_kit = returned or last == "cloud" or (attribute and of_kit)
    return frozenset(found)


@dataclass(frozen=True)
class Uses:
    """The names that functions of a module read and that they declare global; attributes that they read and assign.

    `on` are the attributes that are assigned to a name: of `work.count = 1` "work" and "count".
    """

    read: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    on: set[tuple[str, str]] = field(default_factory=set)


def uses_of(module: ModuleType) -> Uses:
    """Return what the functions of a module use."""
    found = Uses()
    try:
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return found
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        written = {id(name) for node in ast.walk(function) if (name := _only_written(node)) is not None}
        for node in ast.walk(function):
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                found.rebound.update(node.names)
                found.read.update(node.names)
            elif isinstance(node, ast.Name) and id(node) not in written:
                found.read.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in written:
                found.attributes.add(node.attr)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.assigned.add(node.attr)
                if isinstance(node.value, ast.Name):
                    found.on.add((node.value.id, node.attr))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BY_NAME:
                found.attributes.update(str(each.value) for each in node.args[1:2] if isinstance(each, ast.Constant))
    return found


def _only_written(node: ast.AST) -> ast.Name | ast.Attribute | None:
    """Return the name that a statement changes without reading it: `sent.append(x)`, `self.seen[key] = x`."""
    target: ast.AST | None = None
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        method = node.value.func
        if isinstance(method, ast.Attribute) and method.attr in _WRITERS:
            target = method.value
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
        target = node.targets[0].value
    return target if isinstance(target, (ast.Name, ast.Attribute)) else None
