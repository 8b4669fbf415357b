"""Leaves a function without its trigger: as a plain function, or as a comment where its code needs the framework."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from portable.tooling.adopt.handlers import decorator_lines
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.rewriting import Rewriter, Rule, commented, remarked
from portable.tooling.adopt.source import Edit, FunctionNode


class Gap(Exception):
    """A trigger that cannot be carried over: `what` it is, and what to do `instead`."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead


def needs_framework(statement: ast.ClassDef, names: Iterable[str]) -> bool:
    """Return whether a class needs names that are gone when it is defined: a base, a decorator, or a value in its body."""
    gone = set(names)
    inside = (item for item in statement.body if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef))
    parts = (*statement.bases, *statement.decorator_list, *inside)
    return any(isinstance(node, ast.Name) and node.id in gone for part in parts for node in ast.walk(part))


def leave_out(
    module: Module,
    node: FunctionNode,
    decorators: tuple[ast.expr, ...],
    why: str,
    names: Iterable[str],
    rules: tuple[Rule, ...],
) -> None:
    """Add the edits for a function whose trigger cannot be carried over. `names` are those that vanish with the framework."""
    source = module.source
    rest = [node.args, *([node.returns] if node.returns else []), *node.body]
    gone = set(names)
    if any(isinstance(item, ast.Name) and item.id in gone for part in rest for item in ast.walk(part)):
        start, end = source.whole_lines(node)
        module.edits.append(Edit(start, end, f"{commented(source, node, why)}\n"))
        return
    for number, decorator in enumerate(decorators):
        start, end = decorator_lines(source, decorator)
        lines = "".join(f"# {line}\n" for line in source.text[start:end].splitlines())
        module.edits.append(Edit(start, end, f"{remarked(why)}{lines}" if number == 0 else lines))
    rewriter = Rewriter(source, rules)
    module.edits += [edit for statement in node.body for edit in rewriter.edits(statement)]
