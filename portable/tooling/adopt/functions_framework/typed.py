"""`@functions_framework.typed` -> a handler whose body is of that type."""

from __future__ import annotations

import ast

from portable.tooling.adopt.functions_framework.entries import Entry
from portable.tooling.adopt.gaps import Gap
from portable.tooling.adopt.handlers import Handler
from portable.tooling.adopt.lifting import quoted
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.source import Edit
from portable.tooling.adopt.values import Kind


def typed_handler(module: Module, entry: Entry, path: str, rules: tuple[Rule, ...]) -> Handler:
    """Return the handler of a function with a typed body. Raises Gap where the type is not known."""
    node, argument = entry.node, entry.argument
    kind = node.args.args[0].annotation
    if kind is None and isinstance(entry.decorator, ast.Call) and entry.decorator.args:
        kind = entry.decorator.args[0]
    if kind is None:
        raise Gap(f"the type of the body of {node.name}", "write the function by hand: body: YourClass (docs/http.md)")
    name = module.source.segment(kind)
    more: tuple[Rule, ...] = ()
    what = f"{node.name}: a body that does not fit is a 400 with its faults; only POST is answered"
    module.note(Kind.changed, what, node, "nothing, if this is meant")
    if _is_plain_class(module, name):
        module.imports("typing", "Any")
        first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
        place = module.source.line_start(module.source.first_line(first))
        indent = " " * module.source.indent_of(module.source.first_line(first))
        module.edits.append(Edit(place, place, f"{indent}{argument} = {name}.from_dict(body)\n"))
        parameter, more = "body: dict[str, Any]", (_to_dict_rule(module, entry),)
    else:
        parameter = f"{argument}: {name}"
    trigger = f"{module.uses('http')}.post({quoted(path)})"
    return Handler(
        node, (entry.decorator,) if entry.decorator is not None else (), trigger, (parameter,), "", (*more, *rules)
    )


def _is_plain_class(module: Module, name: str) -> bool:
    """Return whether a class of the module is neither a dataclass nor derived from another one, so it has `from_dict`."""
    for item in module.source.tree.body:
        if isinstance(item, ast.ClassDef) and item.name == name:
            marks = {
                dotted(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")[2]
                for mark in item.decorator_list
            }
            return "dataclass" not in marks and not item.bases
    return False


def _to_dict_rule(module: Module, entry: Entry) -> Rule:
    """Return the rule that sends what a class says of itself."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if not isinstance(node, ast.Return) or node.value is None or module.source.function_of(node) is not entry.node:
            return None
        name = dotted(node.value.func) if isinstance(node.value, ast.Call) else dotted(node.value)
        known = isinstance(node.value, ast.Name) or _is_plain_class(module, name)
        return f"return {rewriter.text(node.value)}.to_dict()" if known else None

    return rule
