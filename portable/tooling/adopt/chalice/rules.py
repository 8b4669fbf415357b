"""Rules for all code of a Chalice module: responses, the log, CORSConfig, and what else it reads of its app."""

from __future__ import annotations

import ast

from portable.tooling.adopt.chalice.apps import ERRORS, Apps, arguments
from portable.tooling.adopt.chalice.routes import cors_config
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted
from portable.tooling.adopt.replies import JSON, Reply, written_reply
from portable.tooling.adopt.rewriting import Rewriter, Rule
from portable.tooling.adopt.values import Kind

KNOWN = ("current_request", "lambda_context", "log")


def chalice_rule(module: Module, apps: Apps) -> Rule:
    """Return the rule for what any code of a module may use of Chalice."""
    log = _log_name(module)

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Call):
            name = apps.chalice_name(node.func)
            if name == "Response":
                given = arguments(node, "body", "headers", "status_code")
                if any(item.arg is None for item in node.keywords):
                    return None
                reply = Reply(given.get("body"), given.get("status_code"), given.get("headers"), JSON)
                return written_reply(module, reply, rewriter.text)
            if name == "CORSConfig":
                return cors_config(module, node)
        read = apps.attribute(node) if isinstance(node, ast.Attribute) else ""
        if read == "log":
            if log not in module.declared:
                module.declared = {log: f"{module.imports('logging')}.getLogger(__name__)", **module.declared}
            return log
        if isinstance(node, ast.Name | ast.Attribute):
            return _other(module, apps, node, rewriter)
        return None

    return rule


def _log_name(module: Module) -> str:
    return "log" if "log" not in module.taken else "app_log"


def _other(module: Module, apps: Apps, node: ast.Name | ast.Attribute, rewriter: Rewriter) -> str | None:
    """Return what stands for another name of Chalice; a remark tells of one that has no counterpart."""
    name = apps.chalice_name(node)
    if name in ("Response",):
        return module.uses("Response")
    if name in ("app.Request", "Request"):
        return module.uses("Request")
    if name and name not in ERRORS:
        module.note(
            Kind.lost, f"{dotted(node)} of Chalice has no counterpart", node, "write this by hand (docs/moving-in.md)"
        )
        rewriter.remark(f"portable has no {name}")
        return None
    root = dotted(node).partition(".")[0]
    if root in apps.objects and isinstance(node, ast.Attribute):
        read = apps.attribute(node)
        if read and read.partition(".")[0] not in KNOWN:
            module.note(Kind.lost, f"{dotted(node)} has no counterpart", node, "write this by hand (docs/moving-in.md)")
            rewriter.remark(f"portable has no app: {dotted(node)} must be written by hand")
            return module.source.segment(node)
    if isinstance(node, ast.Name) and node.id in apps.objects and isinstance(node.ctx, ast.Load):
        module.note(Kind.lost, f"the app is used as a value: {node.id}", node, "take it out: functions need no app")
        rewriter.remark(f"portable has no app: {node.id}")
    return None
