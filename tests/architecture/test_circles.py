"""No two modules need each other, not even for the types of their parameters."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from architecture.tracked import name, python_files, tree


def dotted(path: Path) -> str:
    return name(path).removeprefix("adapters/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions count, and those for type checkers, which the contracts leave out. Raises CycleError."""
    modules = {dotted(path): path for path in python_files("portable", "adapters")}
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
        named = ((f"{node.module}.{alias.name}", str(node.module)) for node in nodes for alias in node.names)
        graph[module] = {next((each for each in pair if each in modules), "") for pair in named} - {module, ""}
    assert sum(map(len, graph.values())) > len(modules)
    TopologicalSorter(graph).prepare()
