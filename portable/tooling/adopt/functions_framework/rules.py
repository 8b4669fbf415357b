"""Rules for all code of a module: what it makes with Flask becomes a `Response` or an `HTTPError`."""

from __future__ import annotations

import ast

from portable.tooling.adopt.functions_framework.entries import Names
from portable.tooling.adopt.functions_framework.returns import HTML, json_value
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted
from portable.tooling.adopt.replies import Reply, written_json, written_reply
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.values import Kind

TYPES = {"Request": "Request", "Response": "Response", "wrappers.Request": "Request", "wrappers.Response": "Response"}
RESPONSES = ("Response", "make_response", "wrappers.Response")


def flask_rule(module: Module, names: Names) -> Rule:
    """Return the rule for what any code may use of Flask, CloudEvents and functions-framework."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Call):
            return _call(module, names, node, rewriter)
        if isinstance(node, ast.Assign):
            return _header(module, names, node, rewriter)
        if isinstance(node, ast.Name | ast.Attribute):
            return _named(module, names, node, rewriter)
        return None

    return rule


def _call(module: Module, names: Names, node: ast.Call, rewriter: Rewriter) -> str | None:
    name = names.name(node.func)
    given = {item.arg: item.value for item in node.keywords if item.arg}
    if name == "jsonify":
        return written_json(module, json_value(rewriter, node), Reply(None), rewriter.text)
    if name in RESPONSES:
        given = {**dict(zip(("response", "status", "headers"), node.args, strict=False)), **given}
        body = given.get("response")
        if isinstance(body, ast.Call) and names.name(body.func) == "jsonify":
            return written_json(
                module,
                json_value(rewriter, body),
                Reply(None, given.get("status"), given.get("headers")),
                rewriter.text,
            )
        media = given.get("mimetype") or given.get("content_type")
        reply = Reply(
            body, given.get("status"), given.get("headers"), HTML, media, data_becomes_json=name == "make_response"
        )
        return written_reply(module, reply, rewriter.text)
    if name == "abort" and node.args:
        status = rewriter.text(node.args[0])
        detail = given.get("description") or (node.args[1] if len(node.args) > 1 else None)
        what = 'abort: the reply is {"detail": …}, Flask sends a page of HTML'
        module.note(Kind.changed, what, node, "return a Response, if clients read the page")
        made = f"{module.uses('HTTPError')}({status}{f', {rewriter.text(detail)}' if detail is not None else ''})"
        is_statement = isinstance(module.source.parents.get(node), ast.Expr)
        return f"raise {made}" if is_statement else made
    if name == "redirect" and node.args:
        code = given.get("code") or (node.args[1] if len(node.args) > 1 else None)
        status = rewriter.text(code) if code is not None else "302"
        return f"{module.uses('Response')}.redirect({rewriter.text(node.args[0])}, status={status})"
    return None


def _header(module: Module, names: Names, node: ast.Assign, rewriter: Rewriter) -> str | None:
    """Return what sets a header or the status of a response that a variable holds."""
    target = node.targets[0]
    if len(node.targets) != 1 or not isinstance(target, ast.Subscript | ast.Attribute):
        return None
    holder = (
        target.value.value
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute)
        else getattr(target, "value", None)
    )
    if not isinstance(holder, ast.Name) or not _holds_response(module, names, holder):
        return None
    if isinstance(target, ast.Subscript) and getattr(target.value, "attr", "") == "headers":
        return f"{holder.id}.headers.append(({rewriter.text(target.slice)}, {rewriter.text(node.value)}))"
    if isinstance(target, ast.Attribute) and target.attr == "status_code":
        return f"{holder.id}.status = {rewriter.text(node.value)}"
    return None


def _holds_response(module: Module, names: Names, holder: ast.Name) -> bool:
    function = module.source.function_of(holder)
    return any(
        isinstance(item, ast.Assign)
        and isinstance(item.value, ast.Call)
        and names.name(item.value.func) in (*RESPONSES, "jsonify", "redirect")
        and any(isinstance(target, ast.Name) and target.id == holder.id for target in item.targets)
        for item in ast.walk(function or module.source.tree)
    )


def _named(module: Module, names: Names, node: ast.Name | ast.Attribute, rewriter: Rewriter) -> str | None:
    name = names.name(node)
    if name in TYPES:
        return module.uses(TYPES[name])
    if not name or isinstance(module.source.parents.get(node), ast.Attribute):
        return None
    if not isinstance(getattr(node, "ctx", None), ast.Load):
        return None
    known = {"typing.ResponseReturnValue": "Response", "ResponseReturnValue": "Response"}
    if name in known:
        return module.uses(known[name])
    what = f"{dotted(node)} of Flask or CloudEvents has no counterpart"
    module.note(
        Kind.lost, what, node, "write this by hand (docs/http.md), or keep Flask by http.wsgi (docs/mounting.md)"
    )
    rewriter.remark(f"portable has no {name}")
    return module.source.segment(node)
