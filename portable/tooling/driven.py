"""Takes the package of an adapter and a kind of resource; returns whether it has a driver of the kind."""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from portable.tooling.app.kinds.registry import RESOURCES


def has_driver(package: str, kind: str) -> bool:
    """Say whether an adapter has a driver of a kind: whether the runtime module of its pillar binds the driver's name.

    Unless the module is imported already it is read and not imported, because it may import packages that are not installed
    here.
    """
    resource = RESOURCES[kind]
    wanted = f"read_{kind}" if resource.text else f"{kind}_driver"
    name = f"{package}.runtime.{resource.pillar}"
    if name in sys.modules:
        return hasattr(sys.modules[name], wanted)
    try:
        found = find_spec(name)
    except ModuleNotFoundError:
        return False
    if found is None:
        return False
    if found.origin is None or not found.origin.endswith(".py"):
        return True  # without its source it cannot be asked, and the first call says so
    return wanted in _bound(found.origin)


@cache
def _bound(file: str) -> frozenset[str]:
    """Return the names that a module of an adapter binds at its top. It is read once: each app and function asks for it."""
    found: set[str] = set()
    for line in ast.parse(Path(file).read_text(encoding="utf-8")).body:
        if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
            found.add(line.name)
        elif isinstance(line, (ast.Import, ast.ImportFrom)):
            found.update(name.asname or name.name for name in line.names)
        elif isinstance(line, (ast.Assign, ast.AnnAssign)):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    return frozenset(found)
