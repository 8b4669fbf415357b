"""`@app.route(…)` -> `@function(http.get(…))`: one function for each method, with the path parameters as parameters."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from portable.tooling.adopt.chalice.apps import Apps, Prefix, arguments
from portable.tooling.adopt.chalice.auth import route_auth
from portable.tooling.adopt.chalice.requests import RequestUse
from portable.tooling.adopt.gaps import Gap
from portable.tooling.adopt.handlers import Handler, further
from portable.tooling.adopt.lifting import quoted
from portable.tooling.adopt.module import Module
from portable.tooling.adopt.names import dotted, literal, parameters_of, text_of
from portable.tooling.adopt.replies import Shape, may_end_without_return, returned, shape_of
from portable.tooling.adopt.rewriting import Rule
from portable.tooling.adopt.source import FunctionNode
from portable.tooling.adopt.values import Kind

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY = ("POST", "PUT", "PATCH")
NO_METHOD = "portable answers OPTIONS itself, and HEAD by the function for GET"


@dataclass(frozen=True, slots=True)
class RouteRoom:
    """What the routes of a module have in common."""

    module: Module
    apps: Apps
    prefixes: dict[str, Prefix]
    authorizers: dict[str, str]
    helpers: frozenset[str]
    asking: frozenset[str]
    handed: dict[str, str]
    app_cors: str
    options: dict[str, str]


def route_handler(
    room: RouteRoom, node: FunctionNode, calls: list[ast.Call], owner: str, rules: tuple[Rule, ...]
) -> Handler:
    """Return the handler of a function with routes. Raises Gap where a path or the methods are no literals."""
    module = room.module
    routes = []
    for call in calls:
        given = arguments(call, "path")
        path, methods = _path(room, given, owner), _methods(room, given, call)
        if path is None or methods is None:
            instead = "write @function(http.get(…)) by hand, one function for each method (docs/http.md#routes)"
            raise Gap(f"the route of {node.name}: its path or its methods are no literals", instead)
        options = _options(room, given, call)
        routes += [(verb, path, options) for verb in methods]
    use = RequestUse(module, room.apps, node, room.helpers, handed=room.handed)
    use.needs_request = any(dotted(getattr(item, "func", item)) in room.asking for item in node.decorator_list)
    use.read(len(routes) == 1 and routes[0][0] in WITH_BODY, parameters_of(node))
    rewritten = (use.rule, *rules)
    use.see_context()
    name = f"{room.prefixes[owner].name}{node.name}" if owner in room.prefixes else node.name
    _tell_replies(module, node)
    handler = Handler(
        node=node,
        decorators=(),
        trigger=_trigger(module, *routes[0]),
        parameters=(*(_path_parameter(module, item) for item in node.args.args), *use.parameters()),
        returns=_returns(module, node),
        rules=rewritten,
        options=room.options,
        name=name,
    )
    return replace(
        handler,
        also=tuple(
            further(module, handler, verb, path, _trigger(module, verb, path, options))
            for verb, path, options in routes[1:]
        ),
    )


def _path(room: RouteRoom, given: dict[str, ast.expr], owner: str) -> str | None:
    path = text_of(given.get("path"))
    if path is None:
        return None
    whole = f"{room.prefixes[owner].url}/{path.strip('/')}" if owner in room.prefixes else f"/{path.strip('/')}"
    whole = whole.replace("+}", ":path}")
    return whole.rstrip("/") or "/"


def _methods(room: RouteRoom, given: dict[str, ast.expr], call: ast.Call) -> list[str] | None:
    try:
        found = literal(given["methods"]) if "methods" in given else ["GET"]
    except ValueError:
        return None
    methods = [str(item).upper() for item in found] if isinstance(found, list | tuple) else []
    kept = [item for item in methods if item in VERBS]
    if len(kept) < len(methods) and not {"HEAD", "OPTIONS"} >= set(methods) - set(kept):
        return None
    if len(kept) < len(methods):
        room.module.note(Kind.changed, f"methods={methods}: {NO_METHOD}", call, "use http.any if it must see OPTIONS")
    return kept or None


def _trigger(module: Module, verb: str, path: str, options: dict[str, str]) -> str:
    parts = [quoted(path), *(f"{key}={value}" for key, value in options.items())]
    return f"{module.uses('http')}.{verb.lower()}({', '.join(parts)})"


def _path_parameter(module: Module, item: ast.arg) -> str:
    annotation = module.source.segment(item.annotation) if item.annotation is not None else "str"
    return f"{item.arg}: {annotation}"


def _options(room: RouteRoom, given: dict[str, ast.expr], call: ast.Call) -> dict[str, str]:
    module = room.module
    options = {}
    cors = cors_text(module, room.apps, given["cors"], call) if "cors" in given else room.app_cors
    if cors:
        options["cors"] = cors
    key = given.get("api_key_required")
    auth = route_auth(
        module, given.get("authorizer"), isinstance(key, ast.Constant) and key.value is True, room.authorizers, call
    )
    if auth:
        options["auth"] = auth
    if "content_types" in given:
        what = f"content_types={module.source.segment(given['content_types'])}: a Request takes every media type"
        module.note(Kind.changed, what, call, "compare request.media_type and raise HTTPError(415), where it matters")
    return options


def cors_text(module: Module, apps: Apps, node: ast.expr, call: ast.AST) -> str:
    """Return the text of `cors=`, "" for none."""
    if isinstance(node, ast.Constant):
        if node.value is not True:
            return ""
        what = "cors: only requests with Origin get the headers, errors get them too, and a preflight allows each header that is asked for"
        module.note(Kind.changed, what, call, "nothing, if this is meant; else http.Cors(headers=[…])")
        return '"*"'
    value = _assigned(module, node)
    if isinstance(value, ast.Call) and apps.chalice_name(value.func) == "CORSConfig":
        return cors_config(module, value) if value is node else module.source.segment(node)
    if isinstance(node, ast.Name) and node.id in module.imported_names():
        return node.id
    what = f"cors={module.source.segment(node)} is no literal: the route has no CORS headers"
    module.note(
        Kind.lost, what, call, "write cors= by hand: an origin, a list of them or http.Cors (docs/http.md#routes)"
    )
    return ""


def cors_config(module: Module, call: ast.Call) -> str:
    """Return the `http.Cors` of a CORSConfig."""
    given = arguments(call, "allow_origin", "allow_headers", "expose_headers", "max_age", "allow_credentials")
    named = {
        "origins": "allow_origin",
        "headers": "allow_headers",
        "expose": "expose_headers",
        "max_age": "max_age",
        "credentials": "allow_credentials",
    }
    parts = []
    for name, there in named.items():
        if there in given:
            node = given[there]
            text = module.source.segment(node)
            if isinstance(node, ast.List):
                text = f"({', '.join(module.source.segment(item) for item in node.elts)},)" if node.elts else "()"
            parts.append(f"{name}=({text},)" if name == "origins" else f"{name}={text}")
    if "allow_headers" in given:
        what = "CORSConfig: Chalice also allowed Content-Type, X-Amz-Date, Authorization, X-Api-Key and X-Amz-Security-Token"
        module.note(Kind.changed, what, call, "name those that browsers send in http.Cors(headers=…)")
    return f"{module.uses('http')}.Cors({', '.join(parts)})"


def _assigned(module: Module, node: ast.expr) -> ast.expr:
    """Return what a module assigns to a variable, else the node itself."""
    if isinstance(node, ast.Name):
        for statement in module.source.tree.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(item, ast.Name) and item.id == node.id for item in statement.targets
            ):
                return statement.value
    return node


def _returns(module: Module, node: FunctionNode) -> str | None:
    """Return an annotation of what a handler returns, where all its replies have one type."""
    if node.returns is not None or may_end_without_return(node.body):
        return None
    found = set()
    for statement in returned(module.source, node):
        value = statement.value
        call = value.func if isinstance(value, ast.Call) else None
        if isinstance(call, ast.Name | ast.Attribute) and ast.unparse(call).rpartition(".")[2] == "Response":
            found.add(module.uses("Response"))
        elif isinstance(value, ast.Dict | ast.DictComp):
            found.add("dict[str, Any]")
        elif isinstance(value, ast.List | ast.ListComp):
            found.add("list[Any]")
        elif shape_of(module.source, value) is Shape.text and isinstance(value, ast.Constant | ast.JoinedStr):
            found.add("str")
        else:
            return None
    if len(found) != 1:
        return None
    (annotation,) = found
    if "Any" in annotation:
        module.imports("typing", "Any")
    return annotation


def _tell_replies(module: Module, node: FunctionNode) -> None:
    """Tell where a reply is another one: None, and text, which Chalice calls JSON."""
    values = returned(module.source, node)
    if may_end_without_return(node.body) or any(item.value is None for item in values):
        what = f"{node.name} may return None: the reply is 204 without a body, not 200 with null"
        module.note(Kind.changed, what, node, "return Response.json(None), if clients need the 200")
    for item in values:
        if item.value is not None and shape_of(module.source, item.value) in (Shape.text, Shape.dumped):
            what = f"{node.name} returns text: it is sent as text/plain, Chalice sends it as application/json"
            module.note(
                Kind.changed, what, item, 'return Response(…, media_type="application/json"), if clients need that'
            )
