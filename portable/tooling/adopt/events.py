"""Rules for events: attributes of a framework's event -> those of portable, and loops over a batch -> one message."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import bound_in
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.source import FunctionNode, applied
from portable.tooling.adopt.values import Kind


def event_rule(
    module: Module,
    function: FunctionNode,
    event: str,
    names: Mapping[str, str],
    what: str,
    *,
    batch: bool = False,
    single: str | None = None,
    bare: str = "{}",
) -> Rule:
    """Return the rule for the event of a handler.

    `names` maps its attributes, and its methods with "()", to attributes of the event of portable, or to a text with
    "{}" for the event. With `batch` these are of each item that the code takes from the event; `single` is the variable
    of a loop that vanished. `bare` stands for the event where it is used as a whole.
    """
    items = {single} if single else _items(function, event) if batch else {event}

    def replaced(key: str, base: str) -> str | None:
        found = names.get(key)
        if found is None:
            return None
        return found.replace("{}", base) if "{}" in found else f"{base}.{found}"

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
            base = node.func.value
            if isinstance(base, ast.Name) and base.id in items:
                made = replaced(f"{node.func.attr}()", base.id)
                if made is not None:
                    return made
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in items:
            made = replaced(node.attr, node.value.id)
            if made is not None:
                return made
            instead = f"a {what} of portable has other attributes (docs/functions.md#events): take it out, or send what is needed in the payload"
            module.note(Kind.lost, f"{node.value.id}.{node.attr} of the event has no counterpart", node, instead)
            rewriter.remark(f"a {what} of portable has no {node.attr}")
            return module.source.segment(node) if isinstance(rewriter, Rewriter) else None
        if isinstance(node, ast.Name) and node.id == event and isinstance(node.ctx, ast.Load):
            if batch and what == "Message" and not single:
                return f"({event},)"
            if not batch:
                if bare == "{}":
                    said = f"{event} is used as a whole: it is a {what} of portable"
                    module.note(Kind.changed, said, node, f"read the attributes of {what} (docs/functions.md#events)")
                    return None
                return bare.replace("{}", event)
        return None

    return rule


def _items(function: FunctionNode, event: str) -> set[str]:
    """Return the variables of loops and comprehensions over the event."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and any(
            isinstance(item, ast.Name) and item.id == event for item in ast.walk(node.iter)
        ):
            found |= {item.id for item in ast.walk(node.target) if isinstance(item, ast.Name)}
    return found


def loop_rule(module: Module, function: FunctionNode, event: str) -> tuple[Rule, str | None]:
    """Return the rule that takes the body out of the one loop over a batch, and the loop's variable; None if it stays."""
    loop = _only_loop(module, function, event)
    if loop is None or not isinstance(loop.target, ast.Name):
        return (lambda node, rewriter: None), None
    own = {id(node) for node in _of_this_loop(loop.body)}

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Continue) and id(node) in own:
            return "return"
        return _unrolled(loop, rewriter) if node is loop else None

    return rule, loop.target.id


def _only_loop(module: Module, function: FunctionNode, event: str) -> ast.For | None:
    last = function.body[-1]
    uses = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == event]
    if not isinstance(last, ast.For) or last.orelse or len(uses) != 1 or uses[0] is not last.iter:
        return None
    if last.body[0].lineno == last.lineno or any(isinstance(node, ast.Break) for node in _of_this_loop(last.body)):
        return None
    outside = bound_in(ast.Module(body=function.body[:-1], type_ignores=[]))
    if isinstance(last.target, ast.Name) and last.target.id in outside | bound_in(function.args):
        return None
    multiline = (
        isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno for node in ast.walk(last)
    )
    return None if any(multiline) else last


def _of_this_loop(body: list[ast.stmt]) -> list[ast.AST]:
    """Return the nodes of a loop's body without those of loops and functions inside it."""
    found: list[ast.AST] = []
    for node in body:
        found.append(node)
        if not isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.FunctionDef | ast.AsyncFunctionDef):
            found += [item for item in ast.walk(node) if item is not node]
    return found


def _unrolled(loop: ast.For, rewriter: Rewriter) -> str:
    source = rewriter.source
    outer = source.indent_of(loop.lineno)
    start = source.line_start((loop.iter.end_lineno or loop.lineno) + 1)
    end = source.whole_lines(loop)[1]
    edits = [edit for statement in loop.body for edit in rewriter.edits(statement)]
    text = applied(source.text[start:end], edits, start)
    inner = source.indent_of(loop.body[0].lineno) - outer
    lines = [
        line[inner:] if line[:inner].isspace() else line.lstrip() if line.strip() else line
        for line in text.splitlines()
    ]
    return "\n".join(lines).strip("\n")[outer:]
