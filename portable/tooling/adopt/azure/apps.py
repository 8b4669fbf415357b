"""Reads the modules of an Azure Functions app: names of apps and blueprints, and the decorators of functions."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from portable.tooling.adopt.names import dotted, text_of
from portable.tooling.adopt.source import FunctionNode, Source

APPS = ("FunctionApp", "Blueprint", "DFApp", "AsgiFunctionApp", "WsgiFunctionApp")
OTHERS = ("durable_functions", "azurefunctions", "azure.durable_functions")


@dataclass
class Apps:
    """What is known of one module: names of apps, of `azure.functions`, and of what was imported from it.

    `extensions` are names of azurefunctions.extensions, which have types of their own.
    """

    objects: dict[str, ast.stmt | None] = field(default_factory=dict)
    made: dict[str, ast.Call] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    statements: list[ast.stmt] = field(default_factory=list)
    extensions: set[str] = field(default_factory=set)

    def azure_name(self, node: ast.AST | None) -> str:
        """Return the name that a node has in azure.functions, such as "HttpResponse"; "" if it is not Azure's."""
        name = dotted(node)
        if name in self.imported:
            return self.imported[name]
        for root in self.roots:
            if name.startswith(f"{root}."):
                return name[len(root) + 1 :]
        head, _, rest = name.partition(".")
        return f"{self.imported[head]}.{rest}" if rest and head in self.imported else ""

    def attribute(self, node: ast.AST | None) -> str:
        """Return the attribute of an app that a node reads, "" for another node."""
        root, _, rest = dotted(node).partition(".")
        return rest if root in self.objects else ""

    @property
    def names(self) -> set[str]:
        """The names that vanish with the framework."""
        return {*self.objects, *self.imported, *(root.partition(".")[0] for root in self.roots)}


def is_azure(module: str) -> bool:
    """Return whether a module is the framework's."""
    return module == "azure.functions" or module.startswith(
        ("azure.functions.", "azure.durable_functions", "azurefunctions.")
    )


def read_apps(source: Source, known: set[str]) -> Apps:
    """Return the apps of a module. `known` are names of apps and blueprints of all modules, which others import."""
    apps = Apps()
    for statement in ast.walk(source.tree):
        if isinstance(statement, ast.ImportFrom) and not statement.level:
            names = {alias.name for alias in statement.names}
            if is_azure(statement.module or ""):
                apps.statements.append(statement)
                apps.imported.update({alias.asname or alias.name: alias.name for alias in statement.names})
                if (statement.module or "").startswith("azurefunctions."):
                    apps.extensions |= {alias.asname or alias.name for alias in statement.names}
            elif statement.module == "azure" and "functions" in names:
                apps.statements.append(statement)
                apps.roots |= {alias.asname or alias.name for alias in statement.names if alias.name == "functions"}
        elif isinstance(statement, ast.Import) and any(is_azure(alias.name) for alias in statement.names):
            apps.statements.append(statement)
            apps.roots |= {alias.asname or alias.name for alias in statement.names if is_azure(alias.name)}
    for statement in source.tree.body:
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Call) and isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if apps.azure_name(value.func).rpartition(".")[2] in APPS:
                for target in filter(None, map(dotted, targets)):
                    apps.objects[target] = statement
                    apps.made[target] = value
        elif isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if alias.name in known and not is_azure(statement.module or ""):
                    apps.objects.setdefault(alias.asname or alias.name, None)
    return apps


@dataclass(frozen=True, slots=True)
class Decorator:
    """A decorator of an app: its owner, its name such as "queue_trigger", its arguments, and its node."""

    owner: str
    name: str
    arguments: dict[str, ast.expr]
    node: ast.expr

    def text(self, name: str) -> str:
        """Return an argument that is a text, "" for none and for another expression."""
        return text_of(self.arguments.get(name)) or ""


def decorators_of(apps: Apps, function: FunctionNode) -> list[Decorator]:
    """Return the decorators of a function that are the framework's."""
    found = []
    for node in function.decorator_list:
        call = node if isinstance(node, ast.Call) else None
        name = apps.attribute(call.func if call else node)
        if name:
            given = {item.arg: item.value for item in call.keywords if item.arg} if call else {}
            if call and call.args:
                given.setdefault(
                    "name" if name == "function_name" else "route" if name == "route" else "arg_name", call.args[0]
                )
            found.append(Decorator(dotted(call.func if call else node).partition(".")[0], name, given, node))
    return found
