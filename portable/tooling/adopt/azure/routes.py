"""`@app.route(…)` of Azure -> `@function(http.get(…))`: paths, methods and who may call."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from portable.tooling.adopt.azure.apps import Decorator
from portable.tooling.adopt.lifting import quoted
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, text_of
from portable.tooling.adopt.values import Kind

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Route:
    """A route: its paths (a second one without an optional parameter), its parameters and its methods; no methods are all."""

    paths: tuple[str, ...]
    parameters: tuple[str, ...]
    methods: tuple[str, ...]
    options: dict[str, str]


def route_of(module: Module, decorator: Decorator, name: str, prefix: str, level: str) -> Route | None:
    """Return the route of a decorator, None if its path or its methods are no literals. `name` is that of the function."""
    given = decorator.arguments.get("route")
    route = text_of(given) if given is not None else name
    methods = _methods(decorator.arguments.get("methods"))
    if route is None or methods is None:
        return None
    unknown = [method for method in methods if method not in VERBS]
    if unknown:
        what = f"methods {', '.join(unknown)}: portable answers OPTIONS itself, and HEAD by the function for GET"
        module.note(Kind.changed, what, decorator.node, "use http.any, if the function must see them")
    methods = [method for method in methods if method in VERBS]
    segments, parameters, optional = [prefix], [], False
    for segment in route.strip("/").split("/"):
        text, found, is_optional = _segment(module, segment, decorator.node)
        optional = optional or is_optional
        parameters += found
        segments.append(text)
    whole = "/" + "/".join(segment for segment in segments if segment)
    paths = (whole, whole.rpartition("/")[0] or "/") if optional else (whole,)
    auth = _auth(module, decorator, level)
    return Route(paths, tuple(parameters), tuple(methods), {"auth": auth} if auth else {})


def _methods(node: ast.expr | None) -> list[str] | None:
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return []
    items = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    found = []
    for item in items:
        name = text_of(item) or dotted(item).rpartition(".")[2]
        if not name:
            return None
        found.append(name.upper())
    return found


def _segment(module: Module, segment: str, node: ast.AST) -> tuple[str, list[str], bool]:
    """Return a segment of a path as portable writes it, its parameter, and whether that may be missing."""
    found = re.fullmatch(r"\{(\*?)(\w+)((?::[^}?=]+)*)(\?|=[^}]*)?\}", segment)
    if not found:
        if "{" in segment:
            what = f"the segment {segment} of the route: portable has one parameter in a segment, and no text beside it"
            module.note(Kind.changed, what, node, "take the segment apart in the function")
            name = (re.findall(r"\{\*?(\w+)", segment) or ["segment"])[0]
            return f"{{{name}}}", [name], False
        return segment, [], False
    rest, name, constraint, missing = found.groups()
    if constraint:
        what = f"the constraint {constraint[1:]} of the parameter {name}: the path matches every text"
        module.note(Kind.changed, what, node, f"give the parameter a type, such as {name}: int (docs/functions.md)")
    return (f"{{{name}:path}}" if rest else f"{{{name}}}"), [name], bool(missing)


def level_of(node: ast.expr | None, otherwise: str) -> str:
    """Return the level that an argument names, such as "ANONYMOUS"."""
    if node is None:
        return otherwise
    return (text_of(node) or dotted(node).rpartition(".")[2] or otherwise).upper()


def _auth(module: Module, decorator: Decorator, level: str) -> str:
    found = level_of(decorator.arguments.get("auth_level"), level)
    if found == "ANONYMOUS":
        return ""
    secret, variable = ("master-keys", "master_key") if found == "ADMIN" else ("function-keys", "function_key")
    what = f"auth_level {found}: keys are lines `name:key` of the secret {secret}, sent as x-functions-key; ?code=… is not read"
    module.note(Kind.changed, what, decorator.node, f"portable secret set {secret} (docs/auth.md#keys-and-passwords)")
    http, made = module.uses("http"), module.uses("Secret")
    module.declared[variable] = f'{http}.api_key({made}("{secret}"), header="x-functions-key")'
    return variable


def trigger_text(module: Module, verb: str, path: str, options: dict[str, str]) -> str:
    """Return `http.get("/path", …)`."""
    parts = [quoted(path), *(f"{key}={value}" for key, value in options.items())]
    return f"{module.uses('http')}.{verb.lower()}({', '.join(parts)})"
