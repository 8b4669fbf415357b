"""`func.HttpRequest` -> the `Request` of portable, or parameters of the handler."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from portable.tooling.adopt.lifting import Lifted, Use, lifted_body, lifted_query, use_of
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted
from portable.tooling.adopt.rewriting import Rewriter
from portable.tooling.adopt.source import FunctionNode, Source
from portable.tooling.adopt.values import Kind

ATTRIBUTES = {"params": "query", "route_params": "path_params", "headers": "headers", "method": "method"}
CALLS = {"get_body": "body", "get_json": "json()"}
CATCHES_ALL = ("Exception", "BaseException", "")


@dataclass
class RequestUse:
    """How one function uses its request, and what its parameters are for it."""

    module: Module
    function: FunctionNode
    name: str
    lifted: Lifted = field(default_factory=Lifted)
    path: dict[str, str] = field(default_factory=dict)
    needs_request: bool = False

    @property
    def source(self) -> Source:
        """The file of the function."""
        return self.module.source

    def part(self, node: ast.AST | None) -> str:
        """Return the attribute of the request that a node reads, "" for another node."""
        return node.attr if isinstance(node, ast.Attribute) and dotted(node.value) == self.name else ""

    def read(self, single_body: bool, path: list[str], liftable: bool = True) -> None:
        """Find what is used. `path` are the parameters of the path, which may become parameters if `liftable`."""
        nodes = [node for statement in self.function.body for node in ast.walk(statement)]
        self._lift_path(nodes, path if liftable else [])
        queries = [
            use_of(self.source, node) for node in nodes if isinstance(node, ast.expr) and self.part(node) == "params"
        ]
        if queries and all(queries):
            found = lifted_query(self.source, self.function, [use for use in queries if use], {*path, self.name})
            self.lifted |= found
        bodies = [node for node in nodes if isinstance(node, ast.Call) and self.part(node.func) == "get_json"]
        if single_body:
            body = lifted_body(self.source, self.function, list(bodies), [*path, self.name], self.lifted.parameters)
            if body:
                self.lifted = body | self.lifted
        kept = self.lifted.covered()
        used = [node for node in nodes if isinstance(node, ast.Name) and node.id == self.name]
        self.needs_request = any(id(node) not in kept for node in used)

    def _lift_path(self, nodes: list[ast.AST], path: list[str]) -> None:
        uses = [
            use_of(self.source, node)
            for node in nodes
            if isinstance(node, ast.expr) and self.part(node) == "route_params"
        ]
        if not uses or not all(uses) or not {use.name for use in uses if use} <= set(path):
            return
        plain = [Use(use.node, use.name, required=True) for use in uses if use]
        found = lifted_query(self.source, self.function, plain, {self.name}, always_sent=True)
        if set(found.parameters) != {use.name for use in plain}:
            return
        self.path = dict.fromkeys(found.parameters, "str")
        self.lifted |= found

    def parameters(self) -> list[str]:
        """Return the parameters that the use of the request needs."""
        found = list(self.lifted.parameters.values())
        if any("Any" in text for text in found):
            self.module.imports("typing", "Any")
        if self.needs_request:
            found.append(f"{self.name}: {self.module.uses('Request')}")
        return found

    def rule(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        """Replace what reads the request."""
        lifted = self.lifted.text(node)
        return request_text(self.module, self.name, node, rewriter) if lifted is None else lifted


def request_text(module: Module, name: str, node: ast.AST, rewriter: Rewriter) -> str | None:
    """Return what stands for a node that reads the request of this name; None for another node."""
    source = module.source
    part = node.attr if isinstance(node, ast.Attribute) and dotted(node.value) == name else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and dotted(node.func.value) == name:
        called = node.func.attr
        if called == "get_json" and _in_try(source, node):
            return f"{module.imports('json')}.loads({name}.body)"
        if called == "get_json":
            what = "a body that is no JSON is a 400, before it was an error of the function"
            module.note(Kind.changed, what, node, "nothing, if this is meant")
        return f"{name}.{CALLS[called]}" if called in CALLS else None
    if isinstance(node, ast.Call) and _form_file(node, name):
        return f"{name}.form().file({rewriter.text(node.args[0])})"
    if isinstance(node, ast.Subscript) and _part(node.value, name) == "files":
        return f"{name}.form().file({rewriter.text(node.slice)})"
    if part in ATTRIBUTES:
        return f"{name}.{ATTRIBUTES[part]}"
    if part == "form":
        return f"{name}.form()"
    if part == "url":
        module.note(
            Kind.changed,
            f"{name}.url is the path alone: a Request has no scheme and host",
            node,
            "read the header host, where it matters",
        )
        return f"{name}.path"
    if part:
        module.note(
            Kind.lost, f"{name}.{part} has no counterpart", node, "see the Request of portable (docs/http.md#request)"
        )
        rewriter.remark(f"a Request of portable has no {part}")
    return None


def _part(node: ast.AST, name: str) -> str:
    return node.attr if isinstance(node, ast.Attribute) and dotted(node.value) == name else ""


def _form_file(node: ast.Call, name: str) -> bool:
    called = node.func
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "get"
        and _part(called.value, name) == "files"
        and len(node.args) == 1
    )


def _in_try(source: Source, node: ast.AST) -> bool:
    """Return whether a node stands in a `try` that catches ValueError, but not every error."""
    inner: ast.AST = node
    outer = source.parents.get(node)
    while outer is not None and not isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
        if isinstance(outer, ast.Try) and inner in outer.body:
            caught = {name for handler in outer.handlers for name in _caught(handler)}
            if caught & {"ValueError", "JSONDecodeError", "UnicodeDecodeError"}:
                return True
        inner, outer = outer, source.parents.get(outer)
    return False


def _caught(handler: ast.ExceptHandler) -> list[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [dotted(kind).rpartition(".")[2] for kind in kinds]
