"""Functions and decorators of a Chalice app that read the current request, though no trigger calls them."""

from __future__ import annotations

import ast

from portable.tooling.adopt.chalice.apps import Apps, framework_decorators
from portable.tooling.adopt.names import dotted, parameters_of
from portable.tooling.adopt.source import Source


def needy_functions(source: Source, apps: Apps) -> frozenset[str]:
    """Return the functions at the top of a module that need the request: they read it, or call one that does.

    A function that code uses other than by a call cannot get a parameter more, so it is not among them.
    """
    functions = {
        item.name: item
        for item in source.tree.body
        if isinstance(item, ast.FunctionDef) and not framework_decorators(apps, item)
    }
    handed_on = {
        node.id
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id in functions and not _is_called(source, node)
    }
    found = {name for name, item in functions.items() if _reads(apps, item) and not _makes_functions(item)}
    while True:
        more = {
            name
            for name, item in functions.items()
            if name not in found
            and any(isinstance(node, ast.Call) and dotted(node.func) in found for node in ast.walk(item))
        }
        if not more:
            return frozenset(found - handed_on)
        found |= more


def asking_decorators(source: Source, apps: Apps) -> frozenset[str]:
    """Return the decorators of a module whose wrapper reads the current request and takes keyword arguments."""
    return frozenset(
        item.name
        for item in source.tree.body
        if isinstance(item, ast.FunctionDef) and _makes_functions(item) and _reads(apps, item) and _takes_keywords(item)
    )


def handed_to(source: Source, apps: Apps) -> dict[str, str]:
    """Return the functions of a module that get the current request as an argument, and the name it has there."""
    functions = {item.name: item for item in source.tree.body if isinstance(item, ast.FunctionDef)}
    aliases = {
        (source.function_of(node), target.id)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign) and apps.attribute(node.value) == "current_request"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = {}
    for node in ast.walk(source.tree):
        called = functions.get(dotted(node.func)) if isinstance(node, ast.Call) else None
        if called is None or not isinstance(node, ast.Call):
            continue
        given = [
            *zip(parameters_of(called), node.args, strict=False),
            *((item.arg, item.value) for item in node.keywords),
        ]
        for name, value in given:
            is_alias = isinstance(value, ast.Name) and (source.function_of(node), value.id) in aliases
            if name and (is_alias or apps.attribute(value) == "current_request"):
                found[called.name] = name
    return found


def _is_called(source: Source, node: ast.Name) -> bool:
    parent = source.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _reads(apps: Apps, function: ast.FunctionDef) -> bool:
    return any(apps.attribute(node) == "current_request" for node in ast.walk(function))


def _makes_functions(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node is not function for node in ast.walk(function))


def _takes_keywords(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.FunctionDef) and node is not function and node.args.kwarg for node in ast.walk(function)
    )
