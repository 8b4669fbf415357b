"""Finds the entry points of a module of functions-framework: by its decorators, else by the parameters of functions."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum, auto

from portable.tooling.adopt.folder import imported_roots
from portable.tooling.adopt.names import dotted, parameters_of
from portable.tooling.adopt.source import FunctionNode, Source

FLASK = ("flask", "werkzeug")
OTHERS = ("cloudevents",)


class Signature(Enum):
    """How a function is called."""

    http = auto()
    cloud_event = auto()
    typed = auto()
    background = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry point: its function, how it is called, the name of its first parameter, and the decorator that says so."""

    node: FunctionNode
    signature: Signature
    argument: str
    decorator: ast.expr | None = None


@dataclass
class Names:
    """What a module imported of functions-framework and Flask: the name here -> the whole name there."""

    known: dict[str, str]
    statements: list[ast.stmt]

    def whole(self, node: ast.AST | None) -> str:
        """Return the whole name that a node has where it was imported from, "" for what is none of the frameworks'."""
        root, _, rest = dotted(node).partition(".")
        return ".".join(filter(None, (self.known.get(root, ""), rest))) if root in self.known else ""

    def name(self, node: ast.AST | None) -> str:
        """Return the name that a node has in Flask or functions-framework, such as "jsonify"; "" for another."""
        text = dotted(node)
        root, _, rest = text.partition(".")
        if root not in self.known:
            return ""
        whole = f"{self.known[root]}.{rest}" if rest else self.known[root]
        return whole.partition(".")[2] if whole.partition(".")[0] in ("functions_framework", *FLASK, *OTHERS) else ""


def read_names(source: Source) -> Names:
    """Return what a module imported of the frameworks."""
    found = Names({}, [])
    roots = ("functions_framework", *FLASK, *OTHERS)
    for statement in ast.walk(source.tree):
        if (
            isinstance(statement, ast.ImportFrom)
            and (statement.module or "").partition(".")[0] in roots
            and not statement.level
        ):
            found.statements.append(statement)
            root = (statement.module or "").partition(".")[0]
            found.known.update({alias.asname or alias.name: f"{root}.{alias.name}" for alias in statement.names})
        elif isinstance(statement, ast.Import) and any(
            alias.name.partition(".")[0] in roots for alias in statement.names
        ):
            found.statements.append(statement)
            found.known.update(
                {
                    (alias.asname or alias.name).partition(".")[0]: alias.name.partition(".")[0]
                    for alias in statement.names
                }
            )
    return found


def entries_of(source: Source, names: Names) -> list[Entry]:
    """Return the entry points of a module. Functions without a decorator count in main.py if no other code calls them."""
    found = []
    called = {dotted(node.func) for node in ast.walk(source.tree) if isinstance(node, ast.Call)}
    for node in source.tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        entry = _decorated(names, node)
        if (
            entry is None
            and source.path.rpartition("/")[2] == "main.py"
            and node.name not in called
            and not node.decorator_list
        ):
            entry = _by_parameters(names, node)
        if entry is not None:
            found.append(entry)
    return found


def unknown_decorators(names: Names, node: FunctionNode) -> tuple[ast.expr, ...]:
    """Return the decorators of a function that are of functions-framework, but of no form that is known."""
    return tuple(
        item
        for item in node.decorator_list
        if names.whole(item.func if isinstance(item, ast.Call) else item).startswith("functions_framework.")
    )


def _decorated(names: Names, node: FunctionNode) -> Entry | None:
    for decorator in node.decorator_list:
        name = names.name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if name in ("http", "cloud_event", "typed") and parameters_of(node):
            return Entry(node, Signature[name], parameters_of(node)[0], decorator)
    return None


def _by_parameters(names: Names, node: FunctionNode) -> Entry | None:
    parameters = parameters_of(node)
    if (
        len(parameters) == 2
        and parameters[0] in ("event", "data", "cloud_event")
        and parameters[1] in ("context", "_context", "_", "unused_context")
    ):
        return Entry(node, Signature.background, parameters[0])
    annotation = names.name(node.args.args[0].annotation) if len(parameters) == 1 else ""
    if len(parameters) == 1 and (parameters[0] in ("request", "_request", "req") or annotation == "Request"):
        return Entry(node, Signature.http, parameters[0])
    return None


def is_framework(source: Source) -> bool:
    """Return whether a file has entry points of functions-framework."""
    roots = {name.partition(".")[0] for name in imported_roots(source)}
    return "functions_framework" in roots or bool(entries_of(source, read_names(source)))
