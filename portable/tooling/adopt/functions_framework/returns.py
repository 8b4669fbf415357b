"""What a handler of Flask returns -> what one of portable returns."""

from __future__ import annotations

import ast

from portable.tooling.adopt.functions_framework.entries import Names
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import text_of
from portable.tooling.adopt.replies import Reply, Shape, shape_of, written_json, written_reply
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.source import FunctionNode
from portable.tooling.adopt.values import Kind

HTML = "text/html"
AS_RESPONSE = '''
def as_response(value: Any) -> Response:
    """Return what Flask makes of a value: text is HTML, other data JSON; a tuple has a status and headers, too."""
    status, headers = 200, None
    if isinstance(value, tuple):
        value, *rest = value
        for part in rest:
            if isinstance(part, int):
                status = part
            else:
                headers = dict(part)
    if isinstance(value, Response):
        return value if status == 200 and headers is None else Response(value.body, status, [*value.headers, *(headers or {}).items()])
    if isinstance(value, str | bytes):
        return Response(value, status, headers, media_type="text/html")
    return Response.json(value, status, headers)
'''


def return_rule(module: Module, names: Names, function: FunctionNode) -> Rule:
    """Return the rule for the `return` statements of a handler."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if not isinstance(node, ast.Return) or module.source.function_of(node) is not function:
            return None
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            what = f"{function.name} may return None: the reply is 204; Flask answers it by 500"
            module.note(Kind.changed, what, node, "return what clients expect")
            return None
        if isinstance(node.value, ast.Call) and names.name(node.value.func) == "abort":
            return f"raise {rewriter.text(node.value)}"
        return f"return {_value(module, names, node.value, rewriter)}"

    return rule


def _value(module: Module, names: Names, node: ast.expr, rewriter: Rewriter) -> str:
    if isinstance(node, ast.Tuple) and 2 <= len(node.elts) <= 3:
        return _tuple(module, names, node, rewriter)
    if isinstance(node, ast.Call) and names.name(node.func) in (
        "jsonify",
        "make_response",
        "Response",
        "redirect",
        "wrappers.Response",
    ):
        return rewriter.text(node)
    if isinstance(node, ast.IfExp):
        first, second = _value(module, names, node.body, rewriter), _value(module, names, node.orelse, rewriter)
        return f"{first} if {rewriter.text(node.test)} else {second}"
    shape = shape_of(module.source, node)
    if shape is Shape.json:
        return rewriter.text(node)
    if shape is Shape.text and is_plain(node):
        _tell_plain(module, node)
        return rewriter.text(node)
    if shape in (Shape.text, Shape.dumped, Shape.data):
        return f'{module.uses("Response")}({rewriter.text(node)}, media_type="{HTML}")'
    if _is_response(module, names, node):
        return rewriter.text(node)
    module.imports("typing", "Any")
    module.uses("Response")
    return f"{module.helper('as_response', AS_RESPONSE)}({rewriter.text(node)})"


def _tell_plain(module: Module, node: ast.expr) -> None:
    what = "text without markup is sent as text/plain, Flask sends it as text/html"
    module.note(Kind.changed, what, node, 'return Response(…, media_type="text/html"), if clients need that')


def _tuple(module: Module, names: Names, node: ast.Tuple, rewriter: Rewriter) -> str:
    body, *rest = node.elts
    status = next((item for item in rest if not _is_headers(module, item)), None)
    headers = next((item for item in rest if item is not status), None)
    media = HTML
    if isinstance(body, ast.Call) and names.name(body.func) == "jsonify":
        return written_json(module, json_value(rewriter, body), Reply(None, status, headers), rewriter.text)
    shape = shape_of(module.source, body)
    if shape is Shape.text and is_plain(body) and not (isinstance(body, ast.Constant) and body.value == ""):
        media = "text/plain"
        if not isinstance(headers, ast.Dict) or not any(
            (text_of(key) or "").lower() == "content-type" for key in headers.keys
        ):
            _tell_plain(module, body)
    if shape is Shape.unknown:
        module.imports("typing", "Any")
        module.uses("Response")
        return f"{module.helper('as_response', AS_RESPONSE)}({rewriter.text(node)})"
    return written_reply(module, Reply(body, status, headers, media), rewriter.text)


def _is_headers(module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return (
            shape_of(module.source, node) is Shape.json and "header" in node.id.lower()
        ) or "header" in node.id.lower()
    return isinstance(node, ast.Dict | ast.List)


def is_plain(node: ast.expr) -> bool:
    """Return whether a text is written in the source without markup."""
    texts = [item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    calls = [item for item in ast.walk(node) if isinstance(item, ast.Call)]
    escaped = any("escape" in ast.unparse(item.func) or "render" in ast.unparse(item.func) for item in calls)
    literal = isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) or (
        isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format"
    )
    return literal and not escaped and not any("<" in text for text in texts)


def _is_response(module: Module, names: Names, node: ast.expr) -> bool:
    """Return whether a variable holds a response of Flask."""
    if not isinstance(node, ast.Name):
        return False
    function = module.source.function_of(node)
    made = [
        item.value
        for item in ast.walk(function or module.source.tree)
        if isinstance(item, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == node.id for target in item.targets)
    ]
    return bool(made) and all(
        isinstance(value, ast.Call) and names.name(value.func) in ("jsonify", "make_response", "Response", "redirect")
        for value in made
    )


def json_value(rewriter: Rewriter, call: ast.Call) -> str:
    """Return the value that `jsonify` is given."""
    if len(call.args) == 1 and not call.keywords:
        return rewriter.text(call.args[0])
    if call.args:
        return f"[{', '.join(rewriter.text(item) for item in call.args)}]"
    pairs = [
        f'"{item.arg}": {rewriter.text(item.value)}' if item.arg else f"**{rewriter.text(item.value)}"
        for item in call.keywords
    ]
    return f"{{{', '.join(pairs)}}}"
