"""The route table: takes a method and a raw path, returns the route and its path parameters.

The generated entry contains the table, sorted when the app is packaged. So a match is one walk, and nothing is compiled
at run time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.compute.context import Context
    from portable.errors import HTTPError
    from portable.eventing.http import Cors
    from portable.eventing.request import Request

    Call = Callable[[Request, Context], Any]


class Route:
    """The function for one method of one path. `call` may be "module:name", which is imported at the first use.

    `invalid_status` is the status of a reply to a request that cannot be read as declared.
    """

    __slots__ = ("call", "cors", "function", "invalid_status", "max_body")

    def __init__(
        self, function: str, call: Call | str, max_body: int, cors: Cors | None = None, invalid_status: int = 400
    ) -> None:
        self.function = function
        self.call = call
        self.max_body = max_body
        self.cors = cors
        self.invalid_status = invalid_status

    def load(self) -> Call:
        """Return the callable. It is imported if it was given as "module:name"."""
        call = self.call
        if isinstance(call, str):
            import sys

            module, _, name = call.partition(":")
            __import__(module)
            call = self.call = getattr(sys.modules[module], name)
        return call


class RouteTable:
    """Paths and their methods. `paths` are pairs (template, {method: Route}), the most specific template first."""

    __slots__ = ("_literal", "_patterns", "problems")

    def __init__(self, paths: list[tuple[str, dict[str, Route]]], problems: bool = False) -> None:
        """With `problems` every error is sent as application/problem+json."""
        self.problems = problems
        self._literal = {template: methods for template, methods in paths if "{" not in template}
        self._patterns = [(*_shape(template), methods) for template, methods in paths if "{" in template]

    def find(self, request: Request) -> tuple[str, Route | None, dict[str, Route]]:
        """Return the method to run, its route, and all methods of the path. Sets `request.path_params`.

        HEAD falls back to GET. OPTIONS calls the function of any method, unless a function of the path has `cors`. The
        route is None for an OPTIONS that no function gets. Raises HTTPError: 404 for an unknown path, 405 with Allow
        for a method that the path does not have.
        """
        path, method = request.raw_path, request.method
        methods = self._literal.get(path) or self._search(request, path)
        route = methods.get(method)
        if route is None:
            route = (methods.get("GET") if method == "HEAD" else None) or methods.get("*")
            if method == "OPTIONS":
                if route is not None and any(found.cors is not None for found in methods.values()):
                    route = None
            elif route is None:
                from portable.errors import HTTPError

                raise HTTPError(405, f"method {method} is not allowed for this path", {"allow": allow(methods)})
        return method, route, methods

    def methods(self, request: Request) -> dict[str, Route]:
        """Return the methods of the path. Sets `request.path_params`. Raises HTTPError 404 for an unknown path."""
        return self._literal.get(request.raw_path) or self._search(request, request.raw_path)

    def _search(self, request: Request, path: str) -> dict[str, Route]:
        if "%" in path:
            return self._encoded(request, path)
        parts = None
        for prefix, last, template, methods in self._patterns:
            if not path.startswith(prefix):
                continue
            if last:
                value = path[len(prefix) :]
                if value and "/" not in value:
                    request.path_params = {last: value}
                    return methods
                continue
            parts = parts or path.split("/")
            params = match(template, parts)
            if params is not None:
                request.path_params = params
                return methods
        raise _not_found(path)

    def _encoded(self, request: Request, path: str) -> dict[str, Route]:
        """Find a path with escapes.

        Templates are compared with the raw and the decoded path, so /caf%C3%A9 is /café.
        """
        from portable.eventing.urls import unquote

        parts = path.split("/")
        decoded = [unquote(part) for part in parts]
        for literal, found in self._literal.items():
            if literal.split("/") == decoded:
                return found
        for _, _, template, methods in self._patterns:
            params = match(template, parts)
            if params is not None:
                request.path_params = params
                return methods
        raise _not_found(unquote(path))


def _not_found(path: str) -> HTTPError:
    from portable.errors import HTTPError

    return HTTPError(404, f"path not found: {path}")


def _shape(template: str) -> tuple[str, str, list[tuple[str, str]]]:
    """Return how to compare a path without escapes: (text before the first parameter, its name, segments).

    The name is set only if the parameter is one segment, at the end, and the only one. Else the segments are compared.
    """
    prefix = template[: template.index("{")]
    found = segments(template)
    name, kind = found[-1]
    only = kind == "one" and not any(kind for _, kind in found[:-1])
    return prefix, name if only else "", found


def segments(template: str) -> list[tuple[str, str]]:
    """Return the segments of a template as (literal, ""), (name, "one") or (name, "rest")."""
    found = []
    for part in template.split("/"):
        if part.startswith("{") and part.endswith("}"):
            name, _, kind = part[1:-1].partition(":")
            found.append((name, "rest" if kind == "path" else "one"))
        else:
            found.append((part, ""))
    return found


def match(template: list[tuple[str, str]], parts: list[str]) -> dict[str, str] | None:
    """Return the decoded path parameters if the parts of a raw path match a template, else None."""
    count = len(template)
    rest = template[-1][1] == "rest"
    if len(parts) != count and not (rest and len(parts) > count):
        return None
    params = {}
    for (name, kind), part in zip(template, parts, strict=False):
        if kind == "":
            if name != part and name != _decoded(part):
                return None
        elif kind == "one":
            if not part:
                return None
            params[name] = _decoded(part)
        else:
            params[name] = _decoded("/".join(parts[count - 1 :]))
    return params


def _decoded(part: str) -> str:
    if "%" not in part:
        return part
    from portable.eventing.urls import unquote

    return unquote(part)


def allow(methods: dict[str, Route]) -> str:
    """Return the Allow header of a path: its methods, HEAD if it has GET, and OPTIONS."""
    names = set(methods) | {"OPTIONS"}
    if "*" in names:
        names = names - {"*"} | {"GET", "POST", "PUT", "PATCH", "DELETE"}
    if "GET" in names:
        names.add("HEAD")
    return ", ".join(sorted(names))
