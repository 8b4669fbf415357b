"""Takes a function of an AppModel; returns its Lambda entry module."""

from __future__ import annotations

from collections.abc import Mapping

from portable.tooling.app.kinds.registry import title
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource, call_name, call_source
from portable.tooling.entry.consumers import consumer_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import EntryParts, HostLines, entry_parts
from portable.tooling.entry.routes import Late, Path

HOST = HostLines(
    drivers="portable_aws.runtime",
    logs=("portable_aws.runtime.logs", "SHAPE"),
    runner="alone",
    before=(
        "import gc as _gc",
        "",
        "_gc.disable()  # everything loaded here is kept, and garbage collection would cost a tenth of a cold start",
        "",
    ),
    after=("_gc.freeze()", "_gc.enable()"),
)


def module_name(function: FunctionModel) -> str:
    """Return the name of a function's entry module in the bundle."""
    return f"entry_{function.identifier}"


def entry(function: FunctionModel, own: Mapping[str, Path], base_path: str = "") -> EntryParts:
    """Return a function's entry module. Lambda calls its `handler`.

    `own` are the app's paths by their template. `base_path` is the prefix of a custom domain's mapping.
    """
    names = Names()
    call = call_source(function, names)
    heading = f"{function.name}: {title(function.trigger)}."
    if function.trigger["kind"] != "http":
        made = f"handler = {_EVENTS[function.trigger['kind']](function, call, names)}"
        return entry_parts(heading, HOST, names, (call,), (made,))
    path = own[function.trigger["path"]]
    options = f"{function.name!r}{f', base_path={base_path!r}' if base_path else ''}"
    made = f"handler = {names.imported('portable_aws.runtime.http', 'handler')}(_table, {options})"
    return entry_parts(heading, HOST, names, (call,), (made,), (path,), _targets(path, function, call))


def _targets(path: Path, function: FunctionModel, call: CallSource) -> dict[str, str | Late]:
    """Return what the routes of a function's own path call. Other functions are imported at their first request."""
    targets: dict[str, str | Late] = {
        other.name: Late(module_name(other), call_name(other)) for other in path.functions
    }
    return targets | {function.name: call.name}


def _schedule(function: FunctionModel, call: CallSource, names: Names) -> str:
    days = function.trigger["days"]
    handler = names.imported("portable_aws.runtime.schedule", "handler")
    return f"{handler}({call.name}, {function.name!r}{f', {days}' if days > 1 else ''})"


def _object(function: FunctionModel, call: CallSource, names: Names) -> str:
    trigger = function.trigger
    wanted = f"{trigger['event']!r}, {trigger['prefix']!r}, {trigger['suffix']!r}"
    handler = names.imported("portable_aws.runtime.objects", "handler")
    return f"{handler}({consumer_source(function, call, names)}, {wanted})"


def _messages(function: FunctionModel, call: CallSource, names: Names) -> str:
    trigger = function.trigger
    filters = tuple(tuple(pair) for pair in trigger.get("filter", ()))
    handler = names.imported("portable_aws.runtime.messages", "handler")
    options = f"{trigger['kind']!r}{f', {filters!r}' if filters else ''}"
    return f"{handler}({consumer_source(function, call, names)}, {options})"


def _records(function: FunctionModel, call: CallSource, names: Names) -> str:
    handler = names.imported("portable_aws.runtime.records", "handler")
    return f"{handler}({consumer_source(function, call, names)}{', True' if takes_batch(function) else ''})"


_EVENTS = {
    "schedule": _schedule,
    "object": _object,
    "queue": _messages,
    "topic": _messages,
    "stream": _records,
}
