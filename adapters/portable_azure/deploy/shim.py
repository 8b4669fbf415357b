"""Takes an AppModel; returns function_app.py: one plain decorated function per declared function."""

from __future__ import annotations

import json

from portable.tooling.app.model import AppModel
from portable.tooling.entry.call_source import CallSource, call_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import EntryParts, HostLines, entry_parts
from portable.tooling.entry.routes import Late, Path
from portable_azure.deploy.events import Entry, event_entry
from portable_azure.deploy.routes import CATCH_ALL, UNKNOWN, bindings

HOST = HostLines(
    drivers="portable_azure.runtime",
    traces=True,
    logs=("portable_azure.runtime.logs", "SHAPE"),
    runner="shared",
    imports=("import azure.functions as _azure",),
    postponed=False,  # the worker reads the annotations of the functions it indexes
)


def entry(app: AppModel, routes: tuple[Path, ...], *, gateway: bool = False) -> EntryParts:
    """Return the parts of function_app.py. `routes` are the app's HTTP paths.

    With a `gateway` the host asks each HTTP request for a key of the function app.
    """
    names = Names(("_azure", "_handlers", "_app"))
    calls = {function.name: call_source(function, names, awaited=True) for function in app.functions}
    found = [*_http(app, routes, names, gateway), *_events(app, calls, names)]
    made = (
        "_handlers = {",
        *(f'    "{item.name}": {item.handler},' for item in found),
        "}",
        "",
        f"_app = _azure.FunctionApp(http_auth_level=_azure.AuthLevel.{'FUNCTION' if gateway else 'ANONYMOUS'})",
        *(line for item in found for line in ("", "", *item.lines)),
    )
    title = f"The functions of {app.name} on Azure."
    return entry_parts(title, HOST, names, tuple(calls.values()), made, routes, _targets(app, calls, names))


def _events(app: AppModel, calls: dict[str, CallSource], names: Names) -> list[Entry]:
    events = [function for function in app.functions if function.trigger["kind"] != "http"]
    return [event_entry(function, calls[function.name], names) for function in events]


def _targets(app: AppModel, calls: dict[str, CallSource], names: Names) -> dict[str, str | Late]:
    """Return what each route calls. If an app has `def` and `async def` functions, any entry can call both."""
    http = app.http()
    if len({function.asynchronous for function in http}) < 2:
        return {function.name: calls[function.name].name for function in http}
    module = "portable_azure.runtime.sync_and_async"
    targets: dict[str, str | Late] = {}
    for function in http:
        call = calls[function.name].name
        if function.asynchronous:
            targets[function.name] = f"{names.imported(module, 'awaited')}({call}, {names.run()})"
        else:
            targets[function.name] = f"{names.imported(module, 'plain')}({call})"
    return targets


def _http(app: AppModel, routes: tuple[Path, ...], names: Names, gateway: bool) -> list[Entry]:
    """Return the entries of HTTP functions and of unknown paths. Each uses the route table of the whole app."""
    http = app.http()
    if not http:
        return []
    caller = f", {names.imported('portable_azure.runtime.gateway', 'caller')}" if gateway else ""
    found = []
    for binding in bindings(routes):
        function = binding.function
        route = f'route="{binding.route}", methods={json.dumps(list(binding.methods))}'
        entry_name = names.own(f"on_{function.identifier}")
        given = f"{function.timeout}{caller}"
        found.append(_route(function.name, entry_name, route, given, names, function.asynchronous))
    longest = max(function.timeout for function in http)
    awaits = all(function.asynchronous for function in http)
    rest = f'route="{CATCH_ALL}"'
    return [*found, _route(UNKNOWN, names.own("on_unknown_path"), rest, f"{longest}{caller}", names, awaits)]


def _route(name: str, entry_name: str, route: str, given: str, names: Names, awaits: bool) -> Entry:
    """Return the entry of a route. `given` is what its handler is made with: its seconds, and who tells the caller."""
    handler = names.imported(
        "portable_azure.runtime.http", "async_handler" if awaits else "handler", "_http_async" if awaits else "_http"
    )
    lines = (
        f'@_app.function_name("{name}")',
        f"@_app.route({route})",
        f"{'async def' if awaits else 'def'} {entry_name}(req: _azure.HttpRequest, context: _azure.Context) "
        "-> _azure.HttpResponse:",
        f'    return {"await " if awaits else ""}_handlers["{name}"](req, context)',
    )
    return Entry(name, f'{handler}(_table, "{name}", {given})', lines)
