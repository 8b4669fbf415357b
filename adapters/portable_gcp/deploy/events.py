"""Takes an event function; returns the expression that makes its handler, by the kind of its trigger."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.arguments import every_days, wanted_attributes, wanted_objects, whole_batch
from portable.tooling.entry.call_source import CallSource
from portable.tooling.entry.consumers import consumer_source
from portable.tooling.entry.names import Names


def _schedule(function: FunctionModel, call: CallSource, names: Names) -> str:
    own = (call.name, repr(function.name), str(function.timeout))
    return names.call("portable_gcp.runtime.schedule", *own, *every_days(function))


def _object(function: FunctionModel, call: CallSource, names: Names) -> str:
    return names.call("portable_gcp.runtime.objects", *_consumer(function, call, names), *wanted_objects(function))


def _messages(function: FunctionModel, call: CallSource, names: Names) -> str:
    return names.call("portable_gcp.runtime.messages", *_consumer(function, call, names), *wanted_attributes(function))


def _records(function: FunctionModel, call: CallSource, names: Names) -> str:
    return names.call("portable_gcp.runtime.records", *_consumer(function, call, names), *whole_batch(function))


def _consumer(function: FunctionModel, call: CallSource, names: Names) -> tuple[str, str]:
    return consumer_source(function, call, names), str(function.timeout)


EVENTS = {
    "schedule": _schedule,
    "object": _object,
    "queue": _messages,
    "topic": _messages,
    "stream": _records,
}
