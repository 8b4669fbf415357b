"""Takes the HTTP functions of an app; returns the route and the methods each is given on Azure.

The host tries routes in the order of the functions' names, ignores case and slashes at the end, and refuses two routes
with equal spelling and method, and any that starts with `admin` or `runtime` (Azure/azure-functions-host,
WebScriptHostHttpRoutesManager, FunctionMetadataManager, ScriptHost). So a route need only pass on the right
requests: every entry uses the app's route table, and paths which the host could not distinguish get routes of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

from portable.eventing.routing import segments
from portable.eventing.urls import unquote
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.routes import Path

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The methods of `azure.functions.HttpMethod`."""
UNKNOWN = "zz-portable-unknown"
"""The function for unknown paths. Its name sorts last, so its route is tried last."""
CATCH_ALL = "{*unknown}"

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
_TAKEN = frozenset(("req", "context", "query", "headers", "method", "sys"))
"""Names that the host uses for other values of a call."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A function's HTTP trigger."""

    function: FunctionModel
    route: str
    methods: tuple[str, ...]


def bindings(routes: tuple[Path, ...]) -> tuple[Binding, ...]:
    """Return the trigger of each function, paths in the order given.

    The function for any method of a path, or else the first one declared on it, gets all methods that no other has. A
    mounted app has one trigger, which the host also tries for the methods that the paths of functions below it do not have.
    """
    found: list[Binding] = []
    spellings = {spelling(CATCH_ALL)}
    for index, path in enumerate(routes):
        mine = [f for f in path.functions if f.mount is None or f.trigger["path"] == path.template]
        if not mine:
            continue
        route = template(path.template)
        if spelling(route) in spellings or spelling(route).startswith(("admin", "runtime")):
            route = template(path.template, index)
        spellings.add(spelling(route))
        owner = path.owner
        own = {function.name: _own(function) for function in path.functions if function is not owner}
        taken = {method for methods in own.values() for method in methods}
        for function in mine:
            methods = tuple(m for m in METHODS if m not in taken) if function is owner else own[function.name]
            found.append(Binding(function, route, methods))
    return tuple(found)


def template(path: str, opaque: int | None = None) -> str:
    """Return a path as a route of the host: `{x}` is one segment, `{*x}` the rest, "/" the root.

    A literal that the host's template cannot hold becomes a parameter; an empty segment and what follows become the rest.
    With `opaque`, a number that is unique in the app, every literal becomes a parameter.
    """
    parts: list[str] = []
    names: set[str] = set()
    found = segments(path)[1:]
    last = len(found) - 1
    for position, (name, kind) in enumerate(found):
        literal = unquote(name)
        if not kind and literal and opaque is None and _PLAIN.issuperset(literal):
            parts.append(literal)
            continue
        if not kind and not literal and position == last:
            parts.append("")
            continue
        label = name if kind else f"literal{position}"
        if opaque is not None or label.lower() in names | _TAKEN or not label.isascii():
            label = f"p{0 if opaque is None else opaque}_{position}"
        names.add(label.lower())
        if kind == "rest" or not (kind or literal):  # the host's template has no empty segments
            parts.append(f"{{*{label}}}")
            break
        parts.append(f"{{{label}}}")
    return "/".join(parts) or "/"


def spelling(route: str) -> str:
    """Return a route as the host compares it to others."""
    return route.strip("/").lower()


def _own(function: FunctionModel) -> tuple[str, ...]:
    method = function.trigger["method"]
    return ("GET", "HEAD") if method == "GET" else (method,)
