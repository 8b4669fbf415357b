"""Values of a request that become parameters of the handler, where the source makes this sure."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portable.tooling.adopt.names import bound_in, text_of
from portable.tooling.adopt.rewriting import REMOVED
from portable.tooling.adopt.source import FunctionNode, Source

RESERVED = frozenset({"body", "request", "context"})
"""Names that say something else as parameters of a handler."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place that reads one query parameter: by `get` with a default, or by `[name]`, which must have been sent."""

    node: ast.expr
    name: str
    required: bool = False
    default: ast.expr | None = None


def use_of(source: Source, node: ast.expr) -> Use | None:
    """Return how code reads one value of a query that `node` is, by a literal name; None for any other use."""
    parent = source.parents[node]
    if isinstance(parent, ast.BoolOp) and or_empty(parent) and parent.values[0] is node:
        parent = source.parents[parent]
    if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Load) and text_of(parent.slice):
        return Use(parent, text_of(parent.slice) or "", required=True)
    call = source.parents.get(parent)
    if (
        not isinstance(parent, ast.Attribute)
        or parent.attr != "get"
        or not isinstance(call, ast.Call)
        or call.func is not parent
    ):
        return None
    named = {item.arg: item.value for item in call.keywords}
    if not call.args or not text_of(call.args[0]) or not named.keys() <= {"default"}:
        return None
    return Use(call, text_of(call.args[0]) or "", default=call.args[1] if len(call.args) > 1 else named.get("default"))


def or_empty(node: ast.BoolOp) -> bool:
    """Return whether a node is `… or {}`."""
    last = node.values[-1]
    return isinstance(node.op, ast.Or) and len(node.values) == 2 and isinstance(last, ast.Dict) and not last.keys


@dataclass
class Lifted:
    """What became parameters: each as written, which nodes are now which names, and the statements that vanish."""

    parameters: dict[str, str] = field(default_factory=dict)
    named: dict[ast.AST, str] = field(default_factory=dict)
    removed: set[ast.stmt] = field(default_factory=set)

    def __or__(self, other: Lifted) -> Lifted:
        """Return what both lift; the parameters of `other` come behind."""
        return Lifted(self.parameters | other.parameters, self.named | other.named, self.removed | other.removed)

    def text(self, node: ast.AST) -> str | None:
        """Return what stands for a node that is lifted; None for another node."""
        return REMOVED if node in self.removed else self.named.get(node)

    def covered(self) -> set[int]:
        """Return the ids of all nodes that a name stands for, with those inside."""
        return {id(inner) for node in self.named for inner in ast.walk(node)}


def lifted_query(
    source: Source, function: FunctionNode, uses: Iterable[Use], taken: Iterable[str], *, always_sent: bool = False
) -> Lifted:
    """Return the query parameters that become parameters of a handler. `taken` are names of its other parameters.

    One that must have been sent is lifted only where it is read in every call, or is `always_sent`, as a part of a path is.
    """
    found = Lifted()
    by_name: dict[str, list[Use]] = {}
    for use in uses:
        by_name.setdefault(use.name, []).append(use)
    reserved = {*RESERVED, *taken}
    for name, group in by_name.items():
        annotation = _annotation(group)
        if annotation is None or name in reserved or not name.isidentifier() or keyword.iskeyword(name):
            continue
        if group[0].required and not always_sent and not _in_every_call(source, function, group[0].node):
            continue
        target = _own_assignment(source, function, name, group)
        if name in _names_around(source, function) and target is None:
            continue
        found.parameters[name] = f"{name}: {annotation}"
        found.named.update((use.node, name) for use in group)
        if target is not None:
            found.removed.add(target)
    return found


def _annotation(group: list[Use]) -> str | None:
    forms = {(use.required, ast.dump(use.default) if use.default else "") for use in group}
    if len(forms) != 1:
        return None
    use = group[0]
    if use.required:
        return "str"
    if use.default is None or (isinstance(use.default, ast.Constant) and use.default.value is None):
        return "str | None = None"
    if isinstance(use.default, ast.Constant) and isinstance(use.default.value, str):
        return f"str = {quoted(use.default.value)}"
    return None


def quoted(text: str) -> str:
    """Return a literal of a text, in double quotes where that needs no escape."""
    return f'"{text}"' if '"' not in text and "\\" not in text and text.isprintable() else repr(text)


def _names_around(source: Source, function: FunctionNode) -> set[str]:
    """Return the names that a function binds, and those that it reads from outside."""
    read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    own = bound_in(ast.Module(body=function.body, type_ignores=[]))
    return own | (read & bound_in(source.tree))


def _own_assignment(source: Source, function: FunctionNode, name: str, group: list[Use]) -> ast.stmt | None:
    """Return the statement `name = <the use>` if it is the first that binds or reads the name, at the top of the body."""
    for statement in function.body:
        if isinstance(statement, ast.Assign) and len(group) == 1 and statement.value is group[0].node:
            targets = statement.targets
            if len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name:
                return statement
        if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement)):
            return None
    return None


def lifted_body(
    source: Source, function: FunctionNode, uses: list[ast.expr], taken: Iterable[str], known: Mapping[str, str]
) -> Lifted | None:
    """Return the JSON of a request as the parameter `body`, None where the code would see a difference.

    It must be read before anything else can happen: at the top of the body, not in `try`, and never asked whether it is there.
    """
    if not uses or "body" in {*taken, *known}:
        return None
    if not _in_every_call(source, function, uses[0]):
        return None
    first = source.statement_of(uses[0])
    alias = _alias(first, uses[0])
    bound = bound_in(ast.Module(body=function.body, type_ignores=[]))
    if "body" in bound and alias != "body":
        return None
    places: list[ast.expr] = list(uses)
    if alias is not None:
        stores = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and node.id == alias and isinstance(node.ctx, ast.Store)
        ]
        if len(stores) != 1:
            return None
        places += [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and node.id == alias and isinstance(node.ctx, ast.Load)
        ]
    if any(asks_whether(source, place) for place in places):
        return None
    annotation = "dict[str, Any]" if any(_is_mapping(source, place) for place in places) else "Any"
    found = Lifted({"body": f"body: {annotation}"}, dict.fromkeys(uses, "body"))
    if alias is not None:
        found.removed.add(first)
        found.named.update((place, "body") for place in places)
    return found


def _in_every_call(source: Source, function: FunctionNode, node: ast.expr) -> bool:
    """Return whether every call of a function comes to a node: at the top of its body, before anything ends the call."""
    statement = source.statement_of(node)
    if statement not in function.body or isinstance(statement, ast.Try | ast.If | ast.While | ast.With | ast.For):
        return False
    before = function.body[: function.body.index(statement)]
    if any(isinstance(item, ast.Return | ast.Raise | ast.Try) for part in before for item in ast.walk(part)):
        return False
    outer: ast.AST = source.parents[node]
    while outer is not statement:
        if isinstance(
            outer, ast.IfExp | ast.BoolOp | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        ):
            return False
        outer = source.parents[outer]
    return True


def _alias(statement: ast.stmt, use: ast.expr) -> str | None:
    if isinstance(statement, ast.Assign) and statement.value is use and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None


def _is_mapping(source: Source, node: ast.expr) -> bool:
    """Return whether code uses a value as a mapping with names."""
    parent = source.parents.get(node)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return isinstance(parent.slice, ast.Constant) and isinstance(parent.slice.value, str)
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("get", "items", "keys", "values", "setdefault", "update")
    return isinstance(parent, ast.keyword) and parent.arg is None


def asks_whether(source: Source, node: ast.expr) -> bool:
    """Return whether code asks if a value is there: by its truth, or by a comparison with None."""
    parent = source.parents.get(node)
    if isinstance(parent, ast.BoolOp) or (isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)):
        return True
    if isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert) and parent.test is node:
        return True
    if isinstance(parent, ast.Compare):
        return any(isinstance(item, ast.Constant) and item.value is None for item in (parent.left, *parent.comparators))
    return isinstance(parent, ast.Call) and getattr(parent.func, "id", "") in ("bool", "isinstance")
