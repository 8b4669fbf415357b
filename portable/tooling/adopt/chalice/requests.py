"""`app.current_request` of Chalice -> the `Request` of portable, or parameters of the handler."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from portable.tooling.adopt.chalice.apps import Apps
from portable.tooling.adopt.lifting import Lifted, asks_whether, lifted_body, lifted_query, or_empty, use_of
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import bound_in, dotted, keys_of
from portable.tooling.adopt.rewriting import REMOVED, Rewriter
from portable.tooling.adopt.source import FunctionNode, Source
from portable.tooling.adopt.values import Kind

ATTRIBUTES = {
    "query_params": "query",
    "raw_body": "body",
    "uri_params": "path_params",
    "headers": "headers",
    "method": "method",
    "path": "path",
}
CONTEXT = {
    ("identity", "sourceIp"): "client_ip",
    ("httpMethod",): "method",
    ("path",): "path",
    ("authorizer", "claims"): "principal.claims",
    ("authorizer", "principalId"): "principal.subject",
}
LAMBDA = {"aws_request_id": "request_id", "function_name": "function", "log_stream_name": None}
ALSO_REQUEST = "pass what it needs of the Request of portable (docs/http.md#request): its attributes have other names"


@dataclass
class RequestUse:
    """How one function uses the current request, and what its parameters are for it.

    `helpers` are functions that get the request as a further parameter; `handed` those that the app itself gives it, by
    the name of that parameter. `own` is the parameter of this function, if it is one of them.
    """

    module: Module
    apps: Apps
    function: FunctionNode
    helpers: frozenset[str] = frozenset()
    handed: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    name: str = "request"
    aliases: dict[str, ast.stmt] = field(default_factory=dict)
    lifted: Lifted = field(default_factory=Lifted)
    needs_request: bool = False
    needs_context: bool = False

    @property
    def source(self) -> Source:
        """The file of the function."""
        return self.module.source

    def is_request(self, node: ast.AST | None) -> bool:
        """Return whether a node is the current request."""
        if isinstance(node, ast.Name):
            return node.id in self.aliases or node.id in self.own
        return self.apps.attribute(node) == "current_request"

    def part(self, node: ast.AST | None) -> str:
        """Return the attribute of the request that a node reads, "" for another node."""
        return node.attr if isinstance(node, ast.Attribute) and self.is_request(node.value) else ""

    def read(self, single_body: bool, path: list[str]) -> None:
        """Find what is used. `single_body` says that the handler has one method, and one with a body."""
        self._find_aliases()
        nodes = [node for statement in self.function.body for node in ast.walk(statement)]
        bodies = [node for node in nodes if isinstance(node, ast.expr) and self.part(node) == "json_body"]
        queries = [node for node in nodes if isinstance(node, ast.expr) and self.part(node) == "query_params"]
        uses = [use_of(self.source, node) for node in queries]
        if all(uses):
            found = [use for use in uses if use]
            self.lifted = lifted_query(self.source, self.function, found, {*path, self.name})
        if single_body:
            body = lifted_body(self.source, self.function, bodies, path, self.lifted.parameters)
            if body:
                self.lifted = body | self.lifted
        kept = self.lifted.covered()
        used = [node for node in nodes if self.is_request(node) and isinstance(getattr(node, "ctx", None), ast.Load)]
        used = [
            node
            for node in used
            if not any(node is value.value for value in self.aliases.values() if isinstance(value, ast.Assign))
        ]
        calls = [node for node in nodes if isinstance(node, ast.Call) and dotted(node.func) in self.helpers]
        self.needs_request = self.needs_request or bool(calls) or any(id(node) not in kept for node in used)

    def _find_aliases(self) -> None:
        own = bound_in(self.function)
        for node in ast.walk(self.function):
            if isinstance(node, ast.Assign) and self.apps.attribute(node.value) == "current_request":
                self.aliases.update({target.id: node for target in node.targets[:1] if isinstance(target, ast.Name)})
        if len(self.aliases) == 1:
            self.name = next(iter(self.aliases))
        elif self.name in own and not self.aliases:
            self.name = "current_request"

    def see_context(self) -> None:
        """Find whether the function reads the Lambda context."""
        nodes = (node for statement in self.function.body for node in ast.walk(statement))
        self.needs_context = any(self.apps.attribute(node).partition(".")[0] == "lambda_context" for node in nodes)

    def parameters(self) -> list[str]:
        """Return the parameters that the use of the request needs."""
        found = list(self.lifted.parameters.values())
        if any("Any" in text for text in found):
            self.module.imports("typing", "Any")
        if self.needs_request:
            found.append(f"{self.name}: {self.module.uses('Request')}")
        if self.needs_context:
            found.append(f"context: {self.module.uses('Context')}")
        return found

    def rule(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        """Replace what reads the current request."""
        if isinstance(node, ast.Assign) and node in self.aliases.values() and self._is_named(node):
            return REMOVED
        lifted = self.lifted.text(node)
        if lifted is not None:
            return lifted
        if isinstance(node, ast.Call):
            return self._call(node, rewriter)
        if (
            isinstance(node, ast.BoolOp)
            and or_empty(node)
            and self.part(node.values[0]) in ("query_params", "uri_params")
        ):
            return rewriter.text(node.values[0])
        if isinstance(node, ast.Compare) and self.part(node.left) == "query_params" and _is_none(node):
            return f"not {self.name}.query" if isinstance(node.ops[0], ast.Is | ast.Eq) else f"bool({self.name}.query)"
        return self._context(node, rewriter) or self._attribute(node, rewriter)

    def _is_named(self, statement: ast.Assign) -> bool:
        return dotted(statement.targets[0]) == self.name

    def _call(self, node: ast.Call, rewriter: Rewriter) -> str | None:
        if dotted(node.func) in self.helpers:
            rest = [rewriter.text(item) for item in node.args]
            rest += [
                f"{item.arg}={rewriter.text(item.value)}" if item.arg else f"**{rewriter.text(item.value)}"
                for item in node.keywords
            ]
            return f"{dotted(node.func)}({', '.join([self.name, *rest])})"
        if (
            isinstance(node.func, ast.Attribute)
            and self.is_request(node.func.value)
            and node.func.attr.startswith("to_")
        ):
            self.module.note(
                Kind.changed,
                f"current_request.{node.func.attr}() is a dict of the method, the path, the query, the headers and the path parameters",
                node,
                "read what else was used of it: a Request has no context of API Gateway",
            )
            name = self.name
            return (
                f'{{"method": {name}.method, "path": {name}.path, "query_params": dict({name}.query.items()), '
                f'"headers": dict({name}.headers.items()), "uri_params": {name}.path_params}}'
            )
        return None

    def _context(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        keys, inner = keys_of(node)
        if not keys or self.part(inner) != "context":
            return None
        for known, name in CONTEXT.items():
            if keys == known:
                return f"{self.name}.{name}"
        return None

    def _attribute(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        part = self.part(node)
        if part == "json_body" and isinstance(node, ast.expr):
            if asks_whether(self.source, node) or self._alias_asks(node):
                return f"({self.name}.json() if {self.name}.body else None)"
            return f"{self.name}.json()"
        if part in ATTRIBUTES:
            if part == "path":
                what = "current_request.path is the path that was called, not the template of the route"
                self.module.note(Kind.changed, what, node, "compare it with the whole path, or name the function")
            return f"{self.name}.{ATTRIBUTES[part]}"
        if part:
            self.module.note(
                Kind.lost,
                f"current_request.{part} has no counterpart",
                node,
                "read it from the query, the headers or the Principal (docs/http.md#request), or take it out",
            )
            rewriter.remark(f"a Request of portable has no {part}")
            return f"{self.name}.{part}"
        if self.is_request(node):
            parent = self.source.parents.get(node)
            if isinstance(parent, ast.Call | ast.keyword) and dotted(getattr(parent, "func", None)) not in self.handed:
                self.module.note(Kind.changed, "the current request is handed on to other code", node, ALSO_REQUEST)
            return self.name
        return self._lambda_context(node, rewriter)

    def _alias_asks(self, node: ast.expr) -> bool:
        statement = self.source.parents.get(node)
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return False
        name = statement.targets[0].id
        places = (item for item in ast.walk(self.function) if isinstance(item, ast.Name) and item.id == name)
        return any(asks_whether(self.source, item) for item in places if isinstance(item.ctx, ast.Load))

    def _lambda_context(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        if (
            isinstance(node, ast.Call)
            and self.apps.attribute(node.func) == "lambda_context.get_remaining_time_in_millis"
        ):
            self.needs_context = True
            return "int(context.remaining() * 1000)"
        root, _, rest = self.apps.attribute(node).partition(".")
        if root != "lambda_context":
            return None
        self.needs_context = True
        if rest and LAMBDA.get(rest) is None:
            self.module.note(
                Kind.lost, f"lambda_context.{rest} has no counterpart", node, "see Context in docs/functions.md"
            )
            rewriter.remark(f"a Context of portable has no {rest}")
        return f"context.{LAMBDA.get(rest) or rest}" if rest else "context"


def _is_none(node: ast.Compare) -> bool:
    return (
        len(node.comparators) == 1
        and isinstance(node.comparators[0], ast.Constant)
        and node.comparators[0].value is None
    )
