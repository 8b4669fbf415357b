"""HTTP functions: routes, and requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portable.errors import DeclarationError
from portable.eventing.auth import Auth
from portable.eventing.http import INHERITED, HttpTrigger
from portable.eventing.limits import rates_of
from portable.eventing.multidict import join_headers
from portable.eventing.request import Request, sent
from portable.eventing.routing import segments
from portable.eventing.sent_query import query_of
from portable.eventing.urls import unquote
from portable.tooling.app.kinds.kind import Trigger, TriggerKind
from portable.tooling.app.kinds.plain import content
from portable.tooling.app.model import FunctionModel

RESERVED = ("/admin", "/runtime", "/_portable")


def _title(trigger: Trigger) -> str:
    return f"{'ANY' if trigger['method'] == '*' else trigger['method']} {trigger['path']}"


def _check(trigger: HttpTrigger) -> None:
    path = trigger.path
    if not isinstance(path, str) or not path.startswith("/"):
        raise DeclarationError(f'path {path!r} must start with "/"')
    if "?" in path or "#" in path or any(ord(character) < 33 for character in path):
        raise DeclarationError(f"path {path!r} must not hold a query, a fragment, spaces or control characters")
    if any(path == reserved or path.startswith(f"{reserved}/") for reserved in RESERVED):
        raise DeclarationError(
            f"path {path!r} is reserved: /admin and /runtime by Azure, /_portable by portable. Choose another first "
            "segment, such as /manage"
        )
    if unquote(path) != path:
        raise DeclarationError(f"path {path!r} must be written decoded: {unquote(path)!r}")
    _check_parameters(path)
    _check_origins(trigger.cors.origins if trigger.cors else ())
    if trigger.auth is not None and trigger.auth != INHERITED and not isinstance(trigger.auth, Auth):
        raise DeclarationError(
            f"auth={trigger.auth!r} must be http.jwt(…), http.api_key(…), http.basic(…), http.signature(…), "
            "http.signed_in(…), or None for everybody"
        )
    if trigger.limit != INHERITED:
        rates_of(trigger.limit)
    if not isinstance(trigger.max_body, int) or not 0 < trigger.max_body <= 6_291_456:
        raise DeclarationError(f"max_body={trigger.max_body!r} must be from 1 to 6291456 bytes")


def _check_parameters(path: str) -> None:
    names = []
    parts = path.split("/")[1:]
    for index, part in enumerate(parts):
        if part.startswith(("<", ":")) and part.strip("<>:").rpartition(":")[2].isidentifier():
            named = part.strip("<>:").rpartition(":")[2]
            raise DeclarationError(f"path {path!r}: {part!r} would match that text only: a parameter is {{{named}}}")
        if "{" not in part and "}" not in part:
            continue
        name, colon, kind = part[1:-1].partition(":")
        if not (part.startswith("{") and part.endswith("}")) or not name.isidentifier() or (colon and kind != "path"):
            raise DeclarationError(f"path {path!r}: {part!r} must be a whole segment {{name}} or {{name:path}}")
        if colon and index != len(parts) - 1:
            raise DeclarationError(f"path {path!r}: {part!r} takes the rest of the path, so it must be last")
        names.append(name)
    if len(set(names)) != len(names):
        raise DeclarationError(f"path {path!r} names a parameter twice")


def _check_origins(origins: Sequence[str]) -> None:
    """Refuse an origin that no browser sends: it is a scheme and a host, without a path (RFC 6454)."""
    for origin in origins:
        scheme, separator, host = origin.partition("://")
        if origin not in ("*", "null") and not (scheme and separator and host and not set("/?# *").intersection(host)):
            near = f"{scheme}://{host.partition('/')[0]}" if separator else f"https://{origin.partition('/')[0]}"
            raise DeclarationError(
                f"cors: {origin!r} is no origin that a browser sends: write a scheme and a host without a path, such as "
                f'"{near}", or "*" for all'
            )


def _check_all(functions: Sequence[FunctionModel]) -> None:
    """Refuse two functions on one route, and two paths that match the same requests."""
    routes: dict[tuple[str, str], str] = {}
    shapes: dict[str, tuple[str, str]] = {}
    for function in functions:
        method, path = function.trigger["method"], function.trigger["path"]
        shape = "/".join(f"{{{kind}}}" if kind else name for name, kind in segments(path))
        known_path, known_place = shapes.setdefault(shape, (path, function.where))
        if known_path != path:
            raise DeclarationError(
                f"paths {path} and {known_path} at {known_place} match the same requests", function.where
            )
        other = routes.setdefault((method, path), function.where)
        if other != function.where:
            raise DeclarationError(f"{method} {path} is declared twice: the other is at {other}", function.where)


def _event(_function: FunctionModel, event: Mapping[str, Any]) -> Request:
    path, _, query = event["path"].partition("?")
    headers = event.get("headers", [])
    pairs = list(headers.items()) if isinstance(headers, dict) else [(name, value) for name, value in headers]
    return Request(event.get("method", "GET").upper(), path, query, pairs, content(event), "127.0.0.1")


def _plain(request: Request) -> dict[str, Any]:
    query, fields = sent(request)
    if not isinstance(query, str):
        query = query_of(request)
    path = f"{request.raw_path}?{query}" if query else request.raw_path
    if not isinstance(fields, dict) or not all(map(str.islower, fields)):  # else no name can be there twice
        fields = join_headers(fields if isinstance(fields, list) else (fields or {}).items())
    headers = list(fields.items())
    return {"method": request.method, "path": path, "headers": headers, "data": request.body}


def _label(request: Request) -> str:
    return f"{request.method} {request.raw_path}"


TRIGGER = TriggerKind(
    name="http",
    declaration=HttpTrigger,
    events=(Request,),
    title=_title,
    form="http",
    example='an HTTP request (--http "METHOD /path", or --event with {"method", "path", "headers", "body"})',
    event=_event,
    plain=_plain,
    label=_label,
    runtime="http",
    check=_check,
    retried=False,
    buried=False,
    check_all=_check_all,
)
