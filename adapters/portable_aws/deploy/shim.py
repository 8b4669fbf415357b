"""Takes a function of an AppModel; returns its Lambda entry module."""

from __future__ import annotations

from collections.abc import Mapping

from portable.tooling.app.kinds.registry import title
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.arguments import every_days, wanted_attributes, wanted_objects, whole_batch
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
        made = f"handler = {EVENTS[function.trigger['kind']](function, call, names)}"
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
    own = (call.name, repr(function.name))
    return names.call("portable_aws.runtime.schedule", *own, *every_days(function))


def _object(function: FunctionModel, call: CallSource, names: Names) -> str:
    consumer = consumer_source(function, call, names)
    return names.call("portable_aws.runtime.objects", consumer, *wanted_objects(function))


def _messages(function: FunctionModel, call: CallSource, names: Names) -> str:
    own = (consumer_source(function, call, names), repr(function.trigger["kind"]))
    return names.call("portable_aws.runtime.messages", *own, *wanted_attributes(function))


def _records(function: FunctionModel, call: CallSource, names: Names) -> str:
    return names.call("portable_aws.runtime.records", consumer_source(function, call, names), *whole_batch(function))


EVENTS = {
    "schedule": _schedule,
    "object": _object,
    "queue": _messages,
    "topic": _messages,
    "stream": _records,
}
