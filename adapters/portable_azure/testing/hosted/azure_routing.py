"""What the .NET host of Azure Functions does around the worker: routes, the request's fields, the reply's cookies.

Modelled on Azure/azure-functions-host (WebScriptHostHttpRoutesManager, FunctionMetadataManager, ScriptHost,
GrpcMessageConversionExtensions, RawScriptResult) and on ASP.NET Core's route templates, PathString and ResponseCookies.
Standard library only: it runs inside the worker's own environment too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

NAME = re.compile(r"^[a-z][a-z0-9_\-]{0,127}$(?<!^host$)", re.IGNORECASE)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PARAMETER = re.compile(r"\{(\*?)(\w+)\}")


@dataclass(frozen=True)
class HostRequest:
    """A request as the client sent it; `target` is the request line's path and query."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class HostReply:
    """A reply as the client gets it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Route:
    """A function's HTTP trigger; `methods` is empty for any."""

    function: str
    argument: str
    template: str
    methods: tuple[str, ...]
    pattern: re.Pattern[str]


def routes(bindings: dict[str, list[dict[str, Any]]]) -> list[Route]:
    """Return the routes in the order the host tries them. Raises ValueError where the host refuses to start."""
    found: list[Route] = []
    for name in sorted(bindings, key=str.lower):
        if not NAME.match(name):
            raise ValueError(f"{name} is not a valid function name")
        found += [_route(name, binding) for binding in bindings[name] if binding["type"] == "httpTrigger"]
    for index, route in enumerate(found):
        _refuse(route, found[:index])
    return found


def _route(name: str, binding: dict[str, Any]) -> Route:
    template = binding.get("route") or name
    methods = tuple(method.upper() for method in binding.get("methods") or ())
    return Route(name, binding["name"], template, methods, _pattern(template))


def _pattern(template: str) -> re.Pattern[str]:
    segments = [part for part in template.strip("/").split("/") if template.strip("/")]
    expression = "".join(_segment(part) for part in segments)
    return re.compile(f"^{expression}/?\\Z", re.IGNORECASE | re.DOTALL)


def parameters(template: str, path: str) -> dict[str, str]:
    """Return the values of a route's parameters in a decoded path; none when the path is not the route's."""
    match = _pattern(template).match(path)
    return {name: value for name, value in match.groupdict().items() if value is not None} if match else {}


def _segment(part: str) -> str:
    found = PARAMETER.fullmatch(part)
    if found is None:
        if not part or set(part) & set("{}*?:=~"):
            raise ValueError(f"{part!r} is not a valid route segment")
        return "/" + re.escape(part)
    star, name = found.groups()
    return f"(?:/(?P<{name}>.*?))?" if star else f"/(?P<{name}>[^/]+)"


def _refuse(route: Route, others: list[Route]) -> None:
    spelling = route.template.strip("/").lower()
    if spelling.startswith(("admin", "runtime")):
        raise ValueError(f"{route.function}: the specified route conflicts with one or more built in routes")
    for other in others:
        same = other.template.strip("/").lower() == spelling
        if same and (not route.methods or not other.methods or set(route.methods) & set(other.methods)):
            raise ValueError(f"{route.function} and {other.function} have the same route {route.template}")


def find(found: list[Route], request: HostRequest) -> tuple[Route, dict[str, str]] | None:
    """Return the first route that matches, and its parameters."""
    path = decoded_path(request.target.partition("?")[0])
    for route in found:
        match = route.pattern.match(path)
        if match and (not route.methods or request.method in route.methods):
            return route, {name: value for name, value in match.groupdict().items() if value is not None}
    return None


def decoded_path(path: str) -> str:
    """Return a path as Kestrel decodes it: every escape but %2F; what is not UTF-8 stays escaped."""
    parts = re.split("(%2[Ff])", path)
    decoded = []
    for part in parts:
        raw = unquote_to_bytes(part)
        try:
            decoded.append(part if part.lower() == "%2f" else raw.decode())
        except UnicodeDecodeError:
            decoded.append(part)
    return "".join(decoded)


def encoded_path(path: str) -> str:
    """Return a decoded path as PathString.ToUriComponent writes it: what looks like an escape is left alone."""
    parts = re.split("(%[0-9A-Fa-f]{2})", path)
    return "".join(part if index % 2 else quote(part, safe="/-._~!$&'()*+,;=:@") for index, part in enumerate(parts))


def rpc_http(request: HostRequest, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the fields of RpcHttp as the host fills them for a worker with nullable maps off."""
    path, mark, query = request.target.partition("?")
    headers: dict[str, list[str]] = {}
    for name, value in request.headers:
        headers.setdefault(name.lower(), []).append(value)
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return {
        "method": request.method,
        "url": f"https://127.0.0.1{encoded_path(decoded_path(path))}{mark}{query}",
        "headers": {
            name: ("; " if name == "cookie" else ",").join(values) for name, values in headers.items() if any(values)
        },
        "params": parameters,
        "query": {name: ",".join(values) for name, values in fields.items() if ",".join(values)},
        "body": request.body,
    }


def reply(status: int, headers: dict[str, str], cookies: list[Any], body: bytes) -> HostReply:
    """Return the reply to the client: an empty content type is none, each cookie is written anew."""
    sent = [(name, value) for name, value in headers.items() if name.lower() != "content-type" or value]
    return HostReply(status, sent + [("set-cookie", _cookie(cookie)) for cookie in cookies], body)


def _cookie(cookie: Any) -> str:
    parts = [f"{cookie.name}={quote(cookie.value, safe='')}"]
    if cookie.expires is not None:
        from datetime import UTC, datetime

        moment = datetime.fromtimestamp(cookie.expires.value.seconds, UTC)
        parts.append(f"expires={moment:%a, %d %b %Y %H:%M:%S} GMT")
    if cookie.max_age is not None:
        parts.append(f"max-age={int(cookie.max_age.value)}")
    for name in ("domain", "path"):
        value = getattr(cookie, name)
        if value is not None and value.value:
            parts.append(f"{name}={value.value}")
    if cookie.secure is not None and cookie.secure.value:
        parts.append("secure")
    same_site = {1: "lax", 2: "strict", 3: "none"}.get(cookie.same_site)
    if same_site:
        parts.append(f"samesite={same_site}")
    if cookie.http_only is not None and cookie.http_only.value:
        parts.append("httponly")
    return "; ".join(parts)
