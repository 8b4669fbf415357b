"""Takes a traced function; returns the line that makes a span of its call, and the lines of a module with such calls."""

from __future__ import annotations

from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.names import Names

_TRACED = "portable.compute.traced"


def traced(function: FunctionModel, name: str, names: Names, awaited: bool) -> str:
    """Return the line that wraps a call, around all that is checked before and stored after it."""
    names.traces = True
    twin = "Async" if awaited and function.asynchronous else ""
    kind = function.trigger["kind"]
    if kind == "http":
        wrapper = names.imported(_TRACED, f"{twin}TracedRequest")
        return f"{name} = {wrapper}({name}, {function.name!r}, {function.trigger['path']!r})"
    wrapper = names.imported(_TRACED, f"{twin}TracedEvent")
    source = next((found for each in RESOURCES if isinstance(found := function.trigger.get(each), str)), "")
    return f"{name} = {wrapper}({name}, {function.name!r}, {kind!r}, {source!r}, _systems.get({kind!r}))"


def traced_module(package: str, systems: bool, drivers: bool, here: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the imports and the statements of a module with traced calls.

    `package` is the runtime of its target, "" for none. `systems` says that its module `tracing` names the provider's
    services. A module that is only run `here` leaves the provider of spans to whoever runs it.
    """
    imports = [f"from {package}.tracing import SYSTEMS as _systems"] if systems else []
    statements = [] if systems else ["_systems = {}"]
    if drivers:
        imports.append("from portable.base.traced_drivers import TracedDrivers as _TracedDrivers")
        statements.append("_drivers = _TracedDrivers(_drivers, _systems)")
    if not here:
        imports.append("from portable.compute.spans_provided import provide as _provide")
        statements.append(f"_provide({package!r})")
    return tuple(imports), tuple(statements)
