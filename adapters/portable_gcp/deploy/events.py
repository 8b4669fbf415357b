"""Takes an event function; returns the expression that makes its handler, by the kind of its trigger."""

from __future__ import annotations

from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource
from portable.tooling.entry.consumers import consumer_source
from portable.tooling.entry.names import Names


def _schedule(function: FunctionModel, call: CallSource, names: Names) -> str:
    days = function.trigger["days"]
    handler = names.imported("portable_gcp.runtime.schedule", "handler")
    return f"{handler}({call.name}, {function.name!r}, {function.timeout}{f', {days}' if days > 1 else ''})"


def _object(function: FunctionModel, call: CallSource, names: Names) -> str:
    trigger = function.trigger
    wanted = f"{trigger['event']!r}, {trigger['prefix']!r}, {trigger['suffix']!r}"
    handler = names.imported("portable_gcp.runtime.objects", "handler")
    return f"{handler}({consumer_source(function, call, names)}, {function.timeout}, {wanted})"


def _messages(function: FunctionModel, call: CallSource, names: Names) -> str:
    filters = tuple(tuple(pair) for pair in function.trigger.get("filter", ()))
    handler = names.imported("portable_gcp.runtime.messages", "handler")
    options = f", {filters!r}" if filters else ""
    return f"{handler}({consumer_source(function, call, names)}, {function.timeout}{options})"


def _records(function: FunctionModel, call: CallSource, names: Names) -> str:
    handler = names.imported("portable_gcp.runtime.records", "handler")
    whole = ", True" if takes_batch(function) else ""
    return f"{handler}({consumer_source(function, call, names)}, {function.timeout}{whole})"


EVENTS = {
    "schedule": _schedule,
    "object": _object,
    "queue": _messages,
    "topic": _messages,
    "stream": _records,
}
