"""The request of Flask -> the `Request` of portable, or parameters of the handler."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from portable.tooling.adopt.lifting import Lifted, lifted_query, use_of
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted
from portable.tooling.adopt.rewriting import Rewriter
from portable.tooling.adopt.source import FunctionNode
from portable.tooling.adopt.values import Kind

ATTRIBUTES = {
    "args": "query",
    "headers": "headers",
    "method": "method",
    "path": "path",
    "cookies": "cookies",
    "data": "body",
    "form": "form()",
    "mimetype": "media_type",
    "remote_addr": "client_ip",
    "json": "json()",
    "content_type": 'headers.get("content-type")',
    "host": 'headers["host"]',
    "user_agent": 'headers.get("user-agent", "")',
    "authorization": 'headers.get("authorization")',
}
JSON_OR_NONE = '''
def json_or_none(request: {request}) -> Any:
    """Return the JSON of a request, None if it has another media type or cannot be read."""
    if request.media_type != "application/json":
        return None
    try:
        return request.json()
    except {error}:
        return None
'''


@dataclass
class RequestUse:
    """How one function uses its request, and what its parameters are for it."""

    module: Module
    function: FunctionNode
    name: str
    lifted: Lifted = field(default_factory=Lifted)
    needs_request: bool = False

    def read(self) -> None:
        """Find what is used."""
        nodes = [node for statement in self.function.body for node in ast.walk(statement)]
        uses = [
            use_of(self.module.source, node)
            for node in nodes
            if isinstance(node, ast.expr) and _part(node, self.name) == "args"
        ]
        if uses and all(uses):
            self.lifted = lifted_query(self.module.source, self.function, [use for use in uses if use], {self.name})
        if any(_part(node, self.name) == "args" for node in nodes):
            what = f"{self.function.name}: of a query parameter that is sent twice the last value counts, in Flask the first"
            self.module.note(Kind.changed, what, self.function, 'request.query.getlist("name")[0], where it matters')
        kept = self.lifted.covered()
        used = [node for node in nodes if isinstance(node, ast.Name) and node.id == self.name]
        self.needs_request = any(id(node) not in kept for node in used)

    def parameters(self) -> list[str]:
        """Return the parameters that the use of the request needs."""
        request = [f"{self.name}: {self.module.uses('Request')}"] if self.needs_request else []
        return [*self.lifted.parameters.values(), *request]

    def rule(self, node: ast.AST, rewriter: Rewriter) -> str | None:
        """Replace what reads the request."""
        lifted = self.lifted.text(node)
        return request_text(self.module, self.name, node, rewriter) if lifted is None else lifted


def request_text(module: Module, name: str, node: ast.AST, rewriter: Rewriter) -> str | None:
    """Return what stands for a node that reads the request of this name; None for another node."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        called = node.func
        if dotted(called.value) == name:
            return _method(module, name, called.attr, node, rewriter)
        if _part(called.value, name) == "files" and called.attr == "get" and len(node.args) == 1:
            return f"{name}.form().file({rewriter.text(node.args[0])})"
        if _part(called.value, name) in ("args", "form") and called.attr == "to_dict":
            return f"dict({rewriter.text(called.value)}.items())"
        if (
            _part(called.value, name) in ("args", "form")
            and called.attr == "get"
            and any(item.arg == "type" for item in node.keywords)
        ):
            return _typed(rewriter, node, called)
    if isinstance(node, ast.Subscript) and _part(node.value, name) == "files":
        return f"{name}.form().file({rewriter.text(node.slice)})"
    part = _part(node, name)
    if part == "is_json":
        return f'({name}.media_type == "application/json")'
    if part == "content_length":
        return f"len({name}.body)"
    if part in ("url", "base_url"):
        module.note(
            Kind.changed,
            f"{name}.{part} is the path alone: a Request has no scheme and host",
            node,
            "read the header host, where it matters",
        )
        return f"{name}.path"
    if part in ATTRIBUTES:
        return f"{name}.{ATTRIBUTES[part]}"
    if part:
        module.note(
            Kind.lost, f"{name}.{part} has no counterpart", node, "see the Request of portable (docs/http.md#request)"
        )
        rewriter.remark(f"a Request of portable has no {part}")
        return module.source.segment(node)
    return None


def _part(node: ast.AST, name: str) -> str:
    return node.attr if isinstance(node, ast.Attribute) and dotted(node.value) == name else ""


def _method(module: Module, name: str, called: str, node: ast.Call, rewriter: Rewriter) -> str | None:
    given = {item.arg: isinstance(item.value, ast.Constant) and item.value.value is True for item in node.keywords}
    if called == "get_json":
        if given.get("silent"):
            module.imports("typing", "Any")
            error = module.uses("HTTPError")
            text = JSON_OR_NONE.format(request=module.uses("Request"), error=error)
            return f"{module.helper('json_or_none', text)}({name})"
        what = "a body that is no JSON is a 400, also with another Content-Type, which Flask answers by 415"
        module.note(Kind.changed, what, node, "compare request.media_type, where it matters")
        return f"{name}.json()"
    if called == "get_data":
        return f"{name}.text()" if given.get("as_text") else f"{name}.body"
    module.note(
        Kind.lost, f"{name}.{called}() has no counterpart", node, "see the Request of portable (docs/http.md#request)"
    )
    rewriter.remark(f"a Request of portable has no {called}()")
    return None


def _typed(rewriter: Rewriter, node: ast.Call, called: ast.Attribute) -> str | None:
    """Return a value that Flask converts, and leaves out where it cannot."""
    kind = next(item.value for item in node.keywords if item.arg == "type")
    default = (
        node.args[1]
        if len(node.args) > 1
        else next((item.value for item in node.keywords if item.arg == "default"), None)
    )
    found = f"{rewriter.text(called.value)}.get({rewriter.text(node.args[0])})"
    return f"({rewriter.text(kind)}({found}) if {found} else {rewriter.text(default) if default is not None else None})"
