"""Reads the modules of a Chalice app: which names are apps and blueprints, where blueprints are registered, its errors."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from portable.tooling.adopt.names import dotted, text_of
from portable.tooling.adopt.source import FunctionNode, Source

ERRORS = {
    "ChaliceViewError": 500,
    "BadRequestError": 400,
    "UnauthorizedError": 401,
    "ForbiddenError": 403,
    "NotFoundError": 404,
    "MethodNotAllowedError": 405,
    "RequestTimeoutError": 408,
    "ConflictError": 409,
    "UnprocessableEntityError": 422,
    "TooManyRequestsError": 429,
}


@dataclass(frozen=True, slots=True)
class Prefix:
    """Where a blueprint is registered: before its paths, and before the names of its functions."""

    url: str = ""
    name: str = ""


@dataclass
class Apps:
    """What is known of one module: names of apps and blueprints, and what it imported from Chalice (name here -> name there)."""

    objects: dict[str, ast.stmt | None] = field(default_factory=dict)
    blueprints: set[str] = field(default_factory=set)
    imported: dict[str, str] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    statements: list[ast.stmt] = field(default_factory=list)

    def chalice_name(self, node: ast.AST | None) -> str:
        """Return the name that a node has in Chalice, such as "Response"; "" if it is not Chalice's."""
        name = dotted(node)
        if name in self.imported:
            return self.imported[name]
        root, _, rest = name.partition(".")
        if root in self.roots:
            return rest.removeprefix("app.")
        if root in self.imported and rest:
            return f"{self.imported[root]}.{rest}"
        return ""

    def attribute(self, node: ast.AST | None) -> str:
        """Return the attribute of an app or blueprint that a node reads, such as "current_request.headers"; "" for another."""
        root, _, rest = dotted(node).partition(".")
        return rest if root in self.objects else ""


def read_apps(source: Source, known: set[str]) -> Apps:
    """Return the apps of a module. `known` are names of apps and blueprints of all modules, which others import."""
    apps = Apps()
    for statement in ast.walk(source.tree):
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] == "chalice":
            apps.statements.append(statement)
            apps.imported.update({alias.asname or alias.name: alias.name for alias in statement.names})
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.name.partition(".")[0] == "chalice":
                    apps.statements.append(statement)
                    apps.roots.add(alias.asname or "chalice")
    for statement in source.tree.body:
        value = getattr(statement, "value", None)
        made = apps.chalice_name(value.func) if isinstance(value, ast.Call) else ""
        if made in ("Chalice", "Blueprint") and isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in filter(None, map(dotted, targets)):
                apps.objects[target] = statement
                apps.blueprints |= {target} if made == "Blueprint" else set()
        elif isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if alias.name in known and (statement.module or "").partition(".")[0] != "chalice":
                    apps.objects.setdefault(alias.asname or alias.name, None)
    return apps


def made_names(source: Source) -> set[str]:
    """Return the names of apps and blueprints that a module makes."""
    return {name for name, statement in read_apps(source, set()).objects.items() if statement is not None}


def registered(source: Source, apps: Apps) -> dict[str, Prefix]:
    """Return the prefixes of the blueprints that a module registers, by the name they have where they are made."""
    origin = {
        alias.asname or alias.name: alias.name
        for item in ast.walk(source.tree)
        if isinstance(item, ast.ImportFrom)
        for alias in item.names
    }
    found = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and apps.attribute(node.func) == "register_blueprint" and node.args:
            given = {item.arg: text_of(item.value) or "" for item in node.keywords}
            name = dotted(node.args[0]).rpartition(".")[2]
            found[origin.get(name, name)] = Prefix(
                (given.get("url_prefix") or "").rstrip("/"), given.get("name_prefix") or ""
            )
    return found


def framework_decorators(apps: Apps, function: FunctionNode) -> list[tuple[str, ast.Call | None, ast.expr]]:
    """Return the decorators of a function that are Chalice's: what is called, with which call, and the node."""
    found: list[tuple[str, ast.Call | None, ast.expr]] = []
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        name = apps.attribute(call.func if call else decorator)
        if name:
            found.append((name, call, decorator))
    return found


def arguments(call: ast.Call | None, *names: str) -> dict[str, ast.expr]:
    """Return the arguments of a call by name; `names` are those of the positional ones."""
    if call is None:
        return {}
    given = dict(zip(names, call.args, strict=False))
    return given | {item.arg: item.value for item in call.keywords if item.arg}
