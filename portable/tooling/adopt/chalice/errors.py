"""The errors of Chalice -> `HTTPError`; classes of their own where the app catches them or derives from them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from portable.tooling.adopt.chalice.apps import ERRORS, Apps
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import free_module
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.source import Source
from portable.tooling.adopt.values import Kind

MODULE = "view_errors"
BASE_NAME = "ChaliceViewError"
BASE = '''"""Errors that are replies, by the names that Chalice gave them."""

from __future__ import annotations

from portable import HTTPError


class ChaliceViewError(HTTPError):
    """An error that is the reply with the status of its class."""

    STATUS_CODE = 500

    def __init__(self, message: object = None) -> None:
        super().__init__(self.STATUS_CODE, message)
'''


def view_errors(names: Iterable[str]) -> str:
    """Return the module with the classes of these names."""
    classes = [
        f'\n\nclass {name}(ChaliceViewError):\n    """{status}."""\n\n    STATUS_CODE = {status}\n'
        for name, status in ERRORS.items()
        if name in set(names) and name != BASE_NAME
    ]
    return BASE + "".join(classes)


def shimmed(source: Source, apps: Apps) -> set[str]:
    """Return the errors of Chalice that a module catches, derives from or hands on: they stay classes."""
    found = set()
    for node in ast.walk(source.tree):
        name = apps.chalice_name(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        caught = name == BASE_NAME and _is_caught(source, node)
        if name in ERRORS and not caught and not _is_raised(source, node):
            found.add(name)
    return set(ERRORS) if BASE_NAME in found else found


def _is_caught(source: Source, node: ast.AST) -> bool:
    parent = source.parents.get(node)
    parent = source.parents.get(parent) if isinstance(parent, ast.Tuple) else parent
    return isinstance(parent, ast.ExceptHandler)


def _is_raised(source: Source, node: ast.AST) -> bool:
    parent = source.parents.get(node)
    if isinstance(parent, ast.Call) and parent.func is node and not parent.keywords and len(parent.args) <= 1:
        node, parent = parent, source.parents.get(parent)
    return isinstance(parent, ast.Raise) and parent.exc is node


def error_rule(module: Module, apps: Apps, shims: frozenset[str]) -> Rule:
    """Return the rule that raises `HTTPError`, or the class of the same name if `shims` has it."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Call):
            name = apps.chalice_name(node.func)
            if name in ERRORS and name not in shims and name != "":
                _tell(module, node)
                return f"{module.uses('HTTPError')}({', '.join([str(ERRORS[name]), *(rewriter.text(item) for item in node.args)])})"
        name = apps.chalice_name(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        if name not in ERRORS:
            return None
        _tell(module, node)
        if name in shims:
            module.first_party.setdefault(free_module(MODULE, module.local), set()).add(name)
            return name
        if name == BASE_NAME and _is_caught(module.source, node):
            return module.uses("HTTPError")
        return f"{module.uses('HTTPError')}({ERRORS[name]})"

    return rule


def _tell(module: Module, node: ast.AST) -> None:
    if not any("{" in note.what and "Code" in note.what for note in module.notes):
        what = 'errors are {"detail": …}; Chalice sent {"Code": …, "Message": …}'
        instead = "answer HTTPError by @http.errors, if clients read the old form (docs/sharing.md#errors)"
        module.note(Kind.changed, what, node, instead)
