"""Who may call: authorizers and API keys of Chalice -> `auth=`. What cannot be carried over lets nobody in."""

from __future__ import annotations

import ast
import re

from portable.tooling.adopt.chalice.apps import Apps, arguments
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, text_of
from portable.tooling.adopt.rewriting import Rewriter, Rule, commented
from portable.tooling.adopt.source import Edit
from portable.tooling.adopt.values import Kind

POOL = re.compile(r"arn:aws[\w-]*:cognito-idp:([\w-]+):\d*:userpool/([\w-]+)")
CLASSES = ("CognitoUserPoolAuthorizer", "CustomAuthorizer", "IAMAuthorizer")


def authorizers(module: Module, apps: Apps) -> dict[str, str]:
    """Return what each authorizer of a module is in `auth=`, by its variable, and declare what replaces it."""
    found = {}
    for statement in module.source.tree.body:
        value = getattr(statement, "value", None)
        kind = apps.chalice_name(value.func) if isinstance(value, ast.Call) else ""
        if kind in CLASSES and isinstance(statement, ast.Assign) and isinstance(value, ast.Call):
            for target in filter(None, map(dotted, statement.targets)):
                found[target] = target
                module.edits += _declared(module, statement, value, kind, target)
        elif isinstance(statement, ast.FunctionDef) and any(
            apps.attribute(item.func if isinstance(item, ast.Call) else item) == "authorizer"
            for item in statement.decorator_list
        ):
            found[statement.name] = f"{module.uses('http')}.signed_in({statement.name})"
    return found


def _declared(module: Module, statement: ast.Assign, call: ast.Call, kind: str, target: str) -> list[Edit]:
    given = arguments(call, "name", "provider_arns")
    text = _cognito(module, given, call) if kind == CLASSES[0] else None
    if text is not None:
        return [Edit(*module.source.span(statement), f"{target} = {text}")]
    start, end = module.source.whole_lines(statement)
    module.note(
        Kind.lost,
        f"{kind} {target!r}: its routes let nobody in until you write its check",
        statement,
        f"write {target}_check, or use http.jwt, http.api_key or http.signature (docs/auth.md)",
    )
    check = f"{target}_check"
    comment = commented(module.source, statement, f"{kind} has no counterpart: {check} lets nobody in")
    made = f"{target} = {module.uses('http')}.signed_in({check})"
    return [Edit(start, end, f"{comment}\n{closed_text(module, check)}\n\n{made}\n")]


def closed_check(module: Module, name: str) -> str:
    """Write a check of `http.signed_in` that lets nobody in, and return its name."""
    return module.helper(name, closed_text(module, name))


def closed_text(module: Module, name: str) -> str:
    """Return the text of a check that lets nobody in."""
    return f'''
def {name}(request: {module.uses("Request")}) -> {module.uses("Principal")} | None:
    """Say who calls, or None for nobody."""
    # adopt: write here what the authorizer did; None is a 401
    return None
'''


def _cognito(module: Module, given: dict[str, ast.expr], call: ast.Call) -> str | None:
    arns = given.get("provider_arns")
    texts = [text_of(item) for item in arns.elts] if isinstance(arns, ast.List | ast.Tuple) else []
    pool = POOL.fullmatch(texts[0] or "") if len(texts) == 1 else None
    setting = module.uses("Setting")
    if pool:
        issuer = f'"https://cognito-idp.{pool[1]}.amazonaws.com/{pool[2]}"'
    elif texts and len(texts) > 1:
        return None
    else:
        issuer = f'{setting}("cognito-issuer")'
    scopes = given.get("scopes")
    asked = f", scopes={module.source.segment(scopes)}" if scopes is not None else ""
    module.note(
        Kind.set_up,
        "the routes of the Cognito authorizer take tokens of the user pool; the audience is the id of its app client",
        call,
        'set "cognito-audience"'
        + ("" if pool else ' and "cognito-issuer" (https://cognito-idp.<region>.amazonaws.com/<pool>)')
        + " (docs/settings.md)",
    )
    return f'{module.uses("http")}.jwt(issuer={issuer}, audience={setting}("cognito-audience"){asked})'


def route_auth(module: Module, node: ast.expr | None, api_key: bool, known: dict[str, str], call: ast.AST) -> str:
    """Return the text of `auth=` of a route, "" for a public one."""
    if node is not None and not (isinstance(node, ast.Constant) and node.value is None):
        name = dotted(node)
        scoped = node if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if scoped is not None and scoped.func.attr == "with_scopes":  # type: ignore[attr-defined]
            name = dotted(scoped.func.value)  # type: ignore[attr-defined]
            scopes = module.source.segment(scoped.args[0]) if scoped.args else "()"
            what = f"with_scopes({scopes}) of {name}: the scopes are not asked for"
            module.note(
                Kind.lost, what, call, f"write a second http.jwt(…, scopes={scopes}) for this route (docs/auth.md)"
            )
        if api_key:
            what = "the route asked for an API key as well as for its authorizer: only the authorizer is asked"
            module.note(Kind.changed, what, call, "check the key in a guard, before=[…] (docs/sharing.md)")
        if name in known:
            return known[name]
        if name and name in module.imported_names():
            return name
        what = f"the authorizer {module.source.segment(node)} of this route: nobody is let in until you write its check"
        module.note(Kind.lost, what, call, "see docs/auth.md")
        return f"{module.uses('http')}.signed_in({closed_check(module, 'nobody_yet')})"
    if api_key:
        what = "the keys of the usage plan are lines `name:key` of the secret api-keys; its rates and quotas are not taken over"
        way = 'portable secret set api-keys (docs/auth.md#keys-and-passwords), and limit=http.rate(…, by="key") (docs/throttling.md)'
        module.note(Kind.set_up, what, call, way)
        return f'{module.uses("http")}.api_key({module.uses("Secret")}("api-keys"))'
    return ""


def is_literal(apps: Apps, returns: list[ast.Return]) -> bool:
    """Return whether all `AuthResponse`s of a builtin authorizer say by literals who is let in."""
    calls = [item.value for item in returns if isinstance(item.value, ast.Call)]
    if len(calls) != len(returns) or not calls:
        return False
    for call in calls:
        if apps.chalice_name(call.func) != "AuthResponse":
            return False
        routes = arguments(call, "routes", "principal_id", "context").get("routes")
        texts = [text_of(item) for item in routes.elts] if isinstance(routes, ast.List) else [None]
        if not all(text and (text in ("*", "/*") or not set(text) & set("{*")) for text in texts):
            return False
    return True


def auth_rule(module: Module, apps: Apps, argument: str) -> Rule:
    """Return the rule that makes an authorizer function a check: `AuthResponse(…)` is a Principal or None."""
    principal = module.uses("Principal")

    def rule(node: ast.AST, rewriter: Rewriter) -> str | None:
        if isinstance(node, ast.Attribute) and dotted(node) == f"{argument}.token":
            return f'{argument}.headers["authorization"]'
        if isinstance(node, ast.Call) and apps.chalice_name(node.func) == "AuthResponse":
            given = arguments(node, "routes", "principal_id", "context")
            routes = [text_of(item) or "" for item in getattr(given.get("routes"), "elts", ())]
            context = f", claims={rewriter.text(given['context'])}" if "context" in given else ""
            who = rewriter.text(given["principal_id"]) if "principal_id" in given else '"anonymous"'
            made = f"{principal}({who}{context})"
            if not routes:
                return "None"
            if "*" in routes or "/*" in routes:
                return made
            paths = ", ".join(f'"{route}"' for route in routes)
            return f"{made} if {argument}.path in ({paths},) else None"
        return None

    return rule
