"""Generated calls and the route table for this process, without a target: what the kit and `portable dev` run."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from portable.errors import HTTPError
from portable.eventing.request import Request
from portable.eventing.routing import Route, RouteTable
from portable.tooling.app.model import AppModel
from portable.tooling.entry.call_source import call_name, call_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import assemble, entry_parts
from portable.tooling.entry.routes import Late, paths

Call = Callable[[Any, Any], Any]


class Calls:
    """The calls of one app. Each is compiled once, and run anew for everybody who asks for it."""

    def __init__(self, model: AppModel) -> None:
        self._functions = {function.name: function for function in model.functions}
        self._http = model.http()
        self._compiled: dict[tuple[str, bool], CodeType] = {}

    def call(self, name: str, given: dict[str, Any], awaited: bool = False) -> Call:
        """Return the generated call of a function, its imports run; `given` are the names that `assemble` asks for.

        With `awaited` the call of an `async def` handler returns a coroutine.
        """
        function = self._functions[name]
        compiled = self._compiled.get((name, awaited))
        if compiled is None:
            names = Names()
            parts = entry_parts(f"The call of {name}.", None, names, (call_source(function, names, awaited),))
            compiled = compile(assemble(parts, here=True), f"<the call of {name}>", "exec")
            self._compiled[name, awaited] = compiled
        namespace = {"__name__": f"call_{name}", **given}
        exec(compiled, namespace)  # noqa: S102 - the source is our own
        found: Call = namespace[call_name(function)]
        return found

    def table(self, late: Callable[[str, str], Any]) -> RouteTable:
        """Return the route table as it ships; `late(function, call)` is what a function's route runs."""
        if not self._http:
            return RouteTable([])
        targets: dict[str, str | Late] = {f.name: Late(f.name, call_name(f)) for f in self._http}
        parts = entry_parts("The route table.", None, Names(), (), (), paths(self._http), targets)
        namespace: dict[str, Any] = {"_late": late}
        exec(compile(assemble(parts, here=True), "<the route table>", "exec"), namespace)  # noqa: S102 - our own source
        found: RouteTable = namespace["_table"]
        return found


def routed(table: RouteTable, request: Request) -> tuple[Route | None, dict[str, Route]]:
    """Return the route of a request that a host would take, and all methods of its path; none for a path that no function has."""
    try:
        methods = table.methods(request)
    except HTTPError:
        return None, {}
    route = methods.get(request.method) or (methods.get("GET") if request.method == "HEAD" else None)
    return route or methods.get("*"), methods
