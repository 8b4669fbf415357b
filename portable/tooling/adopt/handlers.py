"""Writes a handler: its decorators, its parameters and its body, as edits of its module."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass, field

from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import variable_name
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.source import Edit, FunctionNode, Source
from portable.tooling.adopt.values import Carried, Kind

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that a trigger calls: what was read of it, and what is written.

    `decorators` are those of the framework; they go. `parameters` are written as they are, those with defaults last.
    `returns` None keeps the annotation of the source, "" takes it away. `also` are further declarations, written below the function.
    """

    node: FunctionNode
    decorators: tuple[ast.expr, ...]
    trigger: str
    parameters: tuple[str, ...] = ()
    returns: str | None = None
    rules: tuple[Rule, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    above: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def write_handler(module: Module, handler: Handler) -> None:
    """Add the edits that make a handler one of portable."""
    source, node = module.source, handler.node
    name = module.function_name(handler.name or node.name, is_python=handler.name in (None, node.name))
    options = dict(handler.options)
    if name != node.name.strip("_").lower().replace("_", "-"):
        options = {"name": f'"{name}"', **options}
    decorator = declaration(module.uses("function"), handler.trigger, options)
    above = "".join(f"# {line}\n" for line in handler.above)
    if handler.decorators:
        first, *rest = sorted(handler.decorators, key=lambda item: item.lineno)
        start, end = decorator_lines(source, first)
        module.edits.append(Edit(start, end, f"{above}{decorator}\n{_comments(source, first)}"))
        module.edits += [Edit(*decorator_lines(source, item), _comments(source, item)) for item in rest]
    else:
        place = source.line_start(source.first_line(node))
        module.edits.append(Edit(place, place, f"{above}{decorator}\n"))
    for item in node.decorator_list:
        if item not in handler.decorators:
            what = f"the decorator {source.segment(item).partition('(')[0]} of {node.name} stays: portable calls what it returns"
            module.note(
                Kind.changed,
                what,
                node,
                "it must keep the signature by functools.wraps, and know nothing of the framework (docs/functions.md#sharing-code)",
            )
    write_signature(module, node, handler.parameters, handler.returns)
    write_body(module, node, handler.rules)
    if handler.also:
        end = source.whole_lines(node)[1]
        module.edits.append(Edit(end, end, "".join(f"\n\n{text}\n" for text in handler.also)))
    module.carried.append(Carried(name, handler.trigger, source.where(node)))


def further(module: Module, first: Handler, verb: str, path: str, trigger: str) -> str:
    """Return a further function, which calls the first one for another method or path. It takes only what its path has."""
    node = first.node
    used = {text.partition(".")[2].partition("(")[0] for text in (first.trigger, *module.further.get(node.name, ()))}
    suffix = verb.lower() if verb.lower() not in used else f"{verb.lower()}_{len(used) + 1}"
    module.further.setdefault(node.name, []).append(trigger)
    python_name = variable_name(f"{node.name}_{suffix}", module.taken, "also")
    called = module.function_name(f"{first.name or node.name}_{suffix}", is_python=first.name in (None, node.name))
    extra = {"name": f'"{called}"'} if called != python_name.strip("_").lower().replace("_", "-") else {}
    in_first = set(re.findall(r"{(\w+)", first.trigger))
    here = set(re.findall(r"{(\w+)", path))
    kept = {text.partition(":")[0]: text for text in first.parameters}
    kept = {item: text for item, text in kept.items() if item in here or item not in in_first}
    returns = (
        f" -> {first.returns}"
        if first.returns
        else f" -> {module.source.segment(node.returns)}"
        if node.returns
        else ""
    )
    module.carried.append(Carried(called, trigger, module.source.where(node)))
    waits = isinstance(node, ast.AsyncFunctionDef)
    return (
        f"{declaration(module.uses('function'), trigger, {**extra, **first.options})}\n"
        f"{'async ' if waits else ''}def {python_name}{signature_text(f'def {python_name}', kept.values(), returns)}:\n"
        f'    """{verb} {path}: what {node.name} does."""\n'
        f"    return {'await ' if waits else ''}{node.name}({', '.join(f'{item}={item}' for item in kept)})"
    )


def write_body(module: Module, node: FunctionNode, rules: tuple[Rule, ...]) -> None:
    """Add the edits that rules make in the body of a function."""
    rewriter = Rewriter(module.source, rules)
    module.edits += [edit for statement in node.body for edit in rewriter.edits(statement)]


def declaration(function: str, trigger: str, options: dict[str, str]) -> str:
    """Return `@function(…)`, over several lines where it is too long for one."""
    parts = [trigger, *(f"{key}={value}" for key, value in options.items())]
    line = f"@{function}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    return f"@{function}(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def write_signature(module: Module, node: FunctionNode, parameters: Iterable[str], returns: str | None) -> None:
    """Write the parameters of a function anew. `returns` None keeps what it returns."""
    source = module.source
    start, end = source.signature(node)
    if returns is None and node.returns is not None:
        returns = source.segment(node.returns)
    result = f" -> {returns}" if returns else ""
    before = source.text[source.line_start(node.lineno) : start]
    line = signature_text(before, parameters, result)
    if source.text[start:end] != line:
        comments = _comments_in(source.text[start:end])
        body = source.line_start(node.body[0].lineno) if comments else 0
        module.edits.append(Edit(start, end, line))
        if comments and body > end:
            indent = " " * source.indent_of(node.body[0].lineno)
            module.edits.append(Edit(body, body, "".join(f"{indent}{text}\n" for text in comments)))


def signature_text(before: str, parameters: Iterable[str], result: str) -> str:
    """Return what stands after `before`, the name of a function: its parameters, those with a default last, and its result."""
    ordered = sorted(parameters, key=lambda text: " = " in text)
    line = f"({', '.join(ordered)}){result}"
    if len(before) + len(line) + 1 <= WIDTH:
        return line
    indent = before[: len(before) - len(before.lstrip())]
    return "(\n" + "".join(f"{indent}    {item},\n" for item in ordered) + f"{indent}){result}"


def decorator_lines(source: Source, decorator: ast.expr) -> tuple[int, int]:
    """Return the range of the lines of a decorator, with its "@" and the end of the last line."""
    return source.line_start(decorator.lineno), source.line_start((decorator.end_lineno or decorator.lineno) + 1)


def _comments(source: Source, decorator: ast.expr) -> str:
    """Return the comments of a decorator's lines, each on a line of its own."""
    start, end = decorator_lines(source, decorator)
    return "".join(f"{text}\n" for text in _comments_in(source.text[start:end]))


def _comments_in(text: str) -> list[str]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return []
    return [token.string for token in tokens if token.type == tokenize.COMMENT and "noqa" not in token.string]
