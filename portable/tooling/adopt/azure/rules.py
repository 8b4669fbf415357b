"""Rules for all code of an Azure module: responses, annotations, and what else it reads of the framework."""

from __future__ import annotations

import ast

from portable.tooling.adopt.azure.apps import Apps
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, text_of
from portable.tooling.adopt.replies import TEXT, Reply, written_reply
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.values import Kind

TYPES = {
    "HttpRequest": "Request",
    "HttpResponse": "Response",
    "TimerRequest": "Tick",
    "Context": "Context",
    "InputStream": "StoredObject",
}
GENERIC = {"QueueMessage": "Message", "ServiceBusMessage": "Message", "EventHubEvent": "Record"}
CONTEXT = {"invocation_id": "request_id", "function_name": "function"}


def azure_rule(module: Module, apps: Apps) -> Rule:
    """Return the rule for what any code of a module may use of azure.functions."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Call) and apps.azure_name(node.func) == "HttpResponse":
            return _response(module, node, rewriter)
        if isinstance(node, ast.Name | ast.Attribute):
            return _named(module, apps, node, rewriter)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_annotation(module, node):
            return _quoted(module, apps, node)
        return None

    return rule


def _response(module: Module, node: ast.Call, rewriter: Rewriter) -> str | None:
    given = {item.arg: item.value for item in node.keywords if item.arg}
    if len(given) < len(node.keywords) or len(node.args) > 1:
        module.note(
            Kind.lost,
            "an HttpResponse whose arguments are not written out",
            node,
            "write Response(…) by hand (docs/http.md#response)",
        )
        rewriter.remark("write Response(…) by hand")
        return None
    charset = text_of(given.get("charset"))
    if charset and charset.lower() not in ("utf-8", "utf8"):
        module.note(
            Kind.lost,
            f"charset={charset!r} of a response: text is sent as UTF-8",
            node,
            "encode the body, and say the charset in media_type=",
        )
    body = node.args[0] if node.args else given.get("body")
    reply = Reply(
        body, given.get("status_code"), given.get("headers"), TEXT, given.get("mimetype"), data_becomes_json=False
    )
    return written_reply(module, reply, rewriter.text)


def _named(module: Module, apps: Apps, node: ast.Name | ast.Attribute, rewriter: Rewriter) -> str | None:
    name = apps.azure_name(node)
    if name in TYPES:
        return module.uses(TYPES[name])
    if name in GENERIC:
        return f"{module.uses(GENERIC[name])}[bytes]"
    if name and is_annotation(module, node):
        module.note(
            Kind.lost, f"the type {dotted(node)} has no counterpart: it is Any", node, "say what the function takes"
        )
        return module.imports("typing", "Any")
    if name and not (
        isinstance(module.source.parents.get(node), ast.Attribute) and apps.azure_name(module.source.parents[node])
    ):
        module.note(Kind.lost, f"{dotted(node)} has no counterpart", node, "write this by hand (docs/moving-in.md)")
        rewriter.remark(f"portable has no {name}")
        return module.source.segment(node)
    if isinstance(node, ast.Name) and node.id in apps.objects and isinstance(node.ctx, ast.Load):
        module.note(Kind.lost, f"the app is used as a value: {node.id}", node, "take it out: functions need no app")
        rewriter.remark(f"portable has no app: {node.id}")
    return None


def is_annotation(module: Module, node: ast.AST) -> bool:
    """Return whether a node is the annotation of a parameter or of what a function returns."""
    parent = module.source.parents.get(node)
    return isinstance(parent, ast.arg) or getattr(parent, "returns", None) is node


def _quoted(module: Module, apps: Apps, node: ast.Constant) -> str | None:
    try:
        inner = ast.parse(str(node.value), mode="eval").body
    except SyntaxError:
        return None
    name = apps.azure_name(inner)
    return module.uses(TYPES[name]) if name in TYPES else None


def context_rule(module: Module, name: str) -> Rule:
    """Return the rule for the context of a call, a parameter of this name."""

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Attribute) and dotted(node.value) == name:
            if node.attr in CONTEXT:
                return f"{name}.{CONTEXT[node.attr]}"
            module.note(Kind.lost, f"{name}.{node.attr} has no counterpart", node, "see Context in docs/functions.md")
            rewriter.remark(f"a Context of portable has no {node.attr}")
            return module.source.segment(node)
        return None

    return rule
