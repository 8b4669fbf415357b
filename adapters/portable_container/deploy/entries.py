"""Takes an AppModel; returns its generated modules for an image: that of all HTTP functions, one for each other, and the start."""

from __future__ import annotations

from portable.tooling.app.kinds.registry import title
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.entry.call_source import call_source, module_name
from portable.tooling.entry.handlers import handler_call
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import EntryParts, HostLines, entry_parts
from portable.tooling.entry.routes import Late, paths
from portable_container.deploy.image import source_of
from portable_container.runtime.image import SERVE, WORK, Image

HTTP = "entry_http"
"""The module of all HTTP functions."""
START = "portable_start"
"""The module that the image starts."""
HOST = HostLines("portable_container.runtime", ("portable_container.runtime.logs", "SHAPE"), "shared", traces=True)


def module_of(function: FunctionModel) -> str:
    """Return the module of a function. That of one named "http" has capitals, which no function's name has."""
    if function.trigger["kind"] == "http":
        return HTTP
    return "entry_ownHttp" if module_name(function) == HTTP else module_name(function)


def identity_of(function: FunctionModel, isolated: frozenset[str]) -> str:
    """Return the identity of a function: that of its role, or its own name."""
    if function.name in isolated:
        return function.name
    return SERVE if function.trigger["kind"] == "http" else WORK


def entries(app: AppModel) -> dict[str, EntryParts]:
    """Return the modules of an app by path, without the start."""
    events = [function for function in app.functions if function.trigger["kind"] != "http"]
    made = {f"{module_of(function)}.py": event_entry(function) for function in events}
    return ({f"{HTTP}.py": http_entry(app)} if app.http() else {}) | made


def http_entry(app: AppModel) -> EntryParts:
    """Return the module of all HTTP functions. Its `application` is an ASGI application."""
    names = Names(("application",))
    functions = app.http()
    calls = {function.name: call_source(function, names, awaited=True) for function in functions}
    awaited = sorted(function.name for function in functions if function.asynchronous)
    longest = max(function.timeout for function in functions)
    shorter = {function.name: function.timeout for function in functions if function.timeout != longest}
    given = ["_table", str(longest)]
    given += [f"awaited=frozenset({awaited!r})"] if awaited else []
    given += [f"timeouts={shorter!r}"] if shorter else []
    made = f"application = {names.call('portable_container.runtime.serve', *given, function='application', wanted='_application')}"
    targets: dict[str, str | Late] = {name: call.name for name, call in calls.items()}
    text = f"The HTTP functions: {', '.join(calls)}."
    return entry_parts(text, HOST, names, tuple(calls.values()), (made,), paths(functions), targets)


def event_entry(function: FunctionModel) -> EntryParts:
    """Return the module of a function that is not called by HTTP. Its `handler` is a `Taker`."""
    names = Names(("handler",))
    call = call_source(function, names)
    own = [str(function.timeout), *([str(function.attempts)] if function.trigger["kind"] == "schedule" else [])]
    made = f"handler = {handler_call('portable_container', function, call, names, *own)}"
    return entry_parts(f"{function.name}: {title(function.trigger)}.", HOST, names, (call,), (made,))


def start_entry(image: Image) -> EntryParts:
    """Return the module that the image starts. What it imports ships."""
    names = Names()
    for module, attribute in (("image", "Event"), ("image", "Image")):
        names.imported(f"portable_container.runtime.{module}", attribute, attribute)
    if image.uses:
        names.imported("portable_container.runtime.image", "Use", "Use")
    if image.queues:
        names.imported("portable.eventing.queue", "Queue", "Queue")
    main = names.imported("portable_container.runtime.begin", "main", "main")
    made = (*source_of(image), "", 'if __name__ == "__main__":', f"    raise SystemExit({main}(IMAGE))")
    return entry_parts(f"The start of the image of {image.app}.", None, names, (), made)
